"""What the reports for people share: the order of the rules, the words of the last lines."""

from mrnet.integrity import Report
from mrnet.rules import Problem, Read, Severity
from mrnet.wording import counted, megabytes

PLACES_SHOWN = 5
READ_WORDS = {
    Read.LABELS: "the label files and the names of all others",
    Read.HEADERS: "the label files and every series' header",
    Read.VOXELS: "the label files and every byte of every series",
}


def grouped(report: Report) -> list[list[Problem]]:
    """Return the problems by rule: errors before warnings, the most places first; known ones are left out."""
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
    return f"{word}: {found}." if found else f"{word}."


def checked_words(report: Report) -> str:
    """Return what was checked, and how long it took."""
    size = f", {megabytes(report.bytes)}" if report.bytes else ""
    return f"{report.cases:,} cases, {report.series:,} series{size} in {report.seconds:.1f} s"


def last_lines(report: Report) -> list[str]:
    """Return what was read, what it was compared with and what not, as sentences."""
    return [f"Read: {READ_WORDS[report.read]}.", *report.notes]
