"""`mrnet stats`: how often the findings are there, how they stand together, and how many slices the series have."""

from mrnet.commands import COUNT
from mrnet.options import Jobs, OutputOptions, SelectionOptions

GROUP = COUNT


def run(selection: SelectionOptions, output: OutputOptions, jobs: Jobs = None) -> int:
    """Count labels and slices: prevalence with intervals, combinations, co-occurrence, slices a series.

    Examples: [bold]mrnet stats[/], [bold]mrnet stats --split valid --format json[/],
    [bold]mrnet stats --where "axial > 40"[/].
    """
    from mrnet.console import Page, progress, say
    from mrnet.statistics.counting import count_cases
    from mrnet.statistics.keys import tidy_rows
    from mrnet.statistics.terminal import draw_figures

    selected = selection.select()
    with progress("Reading headers", len(selected.cases), unit="cases", quiet=selection.quiet) as advance:
        count = count_cases(selected.archive, selected.cases, jobs, advance)
    page = Page(data=count.figures, draw=lambda: draw_figures(count), rows=tidy_rows(count.figures))
    output.publish(page, selected.archive)
    for error in count.unreadable:
        say(f"Warning: {error}; its slices are not counted")
    return 1 if count.unreadable else selected.status
