"""Parts that the reports for people share: the order of the rules, and the last lines."""

from mrnet import __version__
from mrnet.archive.published import mrnet_v1
from mrnet.text import counted, first_of, megabytes
from mrnet.validation.rules import Problem, Read, Severity
from mrnet.validation.run import Report

MAX_PLACES_SHOWN = 5
PARTS = ("missing-split", "missing-plane", "missing-labels", "label-without-case")
"""Rules that a deliberately partial copy breaks."""
MAX_GONE_SHOWN = 10
MAX_REMARKS_SHOWN = 10
READ_WORDS = {
    Read.LABELS: "the label files and the names of all other files",
    Read.HEADERS: "the label files and every series' header",
    Read.VOXELS: "the label files and every byte of every series",
}


def grouped(report: Report) -> list[list[Problem]]:
    """Return the problems by rule, without known ones: errors before warnings, rules with the most problems first."""
    groups: dict[tuple[Severity, str], list[Problem]] = {}
    for problem in report.problems:
        if problem.severity is not Severity.KNOWN:
            groups.setdefault((problem.severity, problem.rule), []).append(problem)
    order = list(Severity)
    return [groups[key] for key in sorted(groups, key=lambda key: (order.index(key[0]), -len(groups[key]), key[1]))]


def verdict(report: Report) -> str:
    """Return whether the archive is sound, in words, with the number of problems."""
    counts = report.counts
    parts = [counted(counts[severity], severity) for severity in ("error", "warning") if counts[severity]]
    parts += [f"{counts['known']:,} known"] if counts["known"] else []
    found = ", ".join(parts)
    word = "Sound" if report.sound else "Not sound"
    word += f", with {counted(len(report.ignored), 'rule')} ignored" if report.ignored else ""
    return f"{word}: {found}." if found else f"{word}."


def checked_words(report: Report) -> str:
    """Return what was checked, how long it took, and the version that checked it."""
    size = f", {megabytes(report.bytes)}" if report.read is Read.VOXELS else ""
    cases = counted(report.cases, "case")
    return (
        f"{cases}, {counted(report.series, 'series', 'series')}{size} in {report.seconds:.1f} s by mrnet {__version__}"
    )


def last_lines(report: Report) -> list[str]:
    """Return sentences on what was read, what it was and was not compared with, and the size."""
    if not report.opened:
        return ["Nothing could be read or compared."]
    lines = report.remarks[:MAX_REMARKS_SHOWN]
    lines += [f"Read: {READ_WORDS[report.read]}."]
    lines += [f"Skipped because they need more to be read: {', '.join(report.skipped)}."] if report.skipped else []
    lines += weight_lines(report)
    lines += _part_lines(report)
    if report.known_gone:
        gone = sorted(f"{each['rule']} {Problem(**each).where}" for each in report.known_gone)
        lines.append(f"Known problems that are gone: {first_of(gone, MAX_GONE_SHOWN, '; ')}.")
    if report.against:
        lines.append(f"Compared with: {', '.join(report.against)}.")
    else:
        lines.append("Compared with nothing: --against takes a manifest, a zip, or mrnet-v1.0.")
    lines += _not_compared_lines(report)
    if report.unused_indexes:
        files = " and ".join(report.unused_indexes)
        lines.append(f"Not used: {files}, with the official MD5 of each file; --against FILE compares with it.")
    return [*lines, _size_line(report)]


def weight_lines(report: Report) -> list[str]:
    """Return which rules were ignored or have another severity, and which file or option did it."""
    by = report.chosen_by
    ignored = [f"{name} ({by.get(name, 'chosen')})" for name in report.ignored]
    weighed = [f"{rule.name} as {rule.severity} ({by.get(rule.name, 'chosen')})" for rule in report.weighed]
    return [
        *([f"Ignored, so not checked: {', '.join(ignored)}."] if ignored else []),
        *([f"Changed severity: {', '.join(weighed)}."] if weighed else []),
    ]


def _not_compared_lines(report: Report) -> list[str]:
    if not report.not_compared:
        return []
    parts = ["the label files" if part == "labels" else f"the volumes of {part}" for part in report.not_compared]
    more = [f"{part}.csv" for part in report.not_compared if part != "labels"]
    name = f"; --against {' --against '.join(more)} adds these volumes" if more else ""
    return [f"Checksums not compared: {' and '.join(parts)}, which no named file index lists{name}."]


def _part_lines(report: Report) -> list[str]:
    """Return what a partial copy has, and the options that accept it; nothing if no part is missing."""
    lacking = [
        rule for rule in PARTS if any(each.rule == rule and each.severity is Severity.ERROR for each in report.problems)
    ]
    if not lacking:
        return []
    there = f"volumes of {report.cases_with_volumes:,} of {counted(report.cases, 'case')}"
    planes = f" ({', '.join(report.planes)})" if report.planes else ""
    return [
        f"A part of the data set: {there}{planes}. If this is intended: {' '.join(f'--ignore {rule}' for rule in lacking)}."
    ]


def _size_line(report: Report) -> str:
    published = mrnet_v1().splits.values()
    cases = sum(split.cases or 0 for split in published)
    series = sum(sum(split.series.values()) for split in published)
    found = f"{counted(report.cases, 'case')} and {counted(report.series, 'series', 'series')}"
    if (report.cases, report.series) == (cases, series):
        return f"Size: {found}, as MRNet-v1.0 has."
    return f"Size: {found}; MRNet-v1.0 has {cases:,} and {series:,}."
