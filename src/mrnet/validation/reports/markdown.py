"""The report for a step summary or an issue: Markdown with one row per rule, and the places below."""

from mrnet.text import markdown_text
from mrnet.validation.reports.summary import MAX_PLACES_SHOWN, checked_words, grouped, last_lines, verdict
from mrnet.validation.run import Report


def write_markdown(report: Report) -> str:
    """Return the report as Markdown."""
    lines = [f"## {verdict(report)}", "", f"{markdown_text(report.root)}: {checked_words(report)}", ""]
    groups = grouped(report)
    if groups:
        lines += ["| rule | severity | places | what to do |", "| --- | --- | --- | --- |"]
        for problems in groups:
            first = problems[0]
            remedy = markdown_text(first.remedy)
            lines.append(f"| `{first.rule}` | {first.severity} | {len(problems):,} | {remedy} |")
        lines.append("")
    for problems in groups:
        lines += [f"### {problems[0].rule}", ""]
        lines += [
            f"- {markdown_text(f'{problem.where}: {problem.message}')}" for problem in problems[:MAX_PLACES_SHOWN]
        ]
        if len(problems) > MAX_PLACES_SHOWN:
            lines.append(f"- and {len(problems) - MAX_PLACES_SHOWN:,} more")
        lines.append("")
    lines += [f"- {markdown_text(line)}" for line in last_lines(report)]
    return "\n".join(lines) + "\n"
