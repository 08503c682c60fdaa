"""`mrnet rules`: what `mrnet validate` checks."""

from typing import TYPE_CHECKING, Annotated

import typer

from mrnet.cli.groups import CHECK
from mrnet.cli.options.common import OutputOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from mrnet.cli.tables import Table
    from mrnet.validation.rules import Rule

GROUP = CHECK


def run(
    output: OutputOptions,
    rule: Annotated[
        str | None, typer.Argument(metavar="RULE", help="Show all of one rule.", show_default=False)
    ] = None,
) -> int:
    """List the rules that validate checks; or explain one: what it means, why it matters, what to do.

    Examples: [bold]mrnet rules[/], [bold]mrnet rules split-leakage[/].
    """
    from mrnet.cli.console import Result
    from mrnet.validation.catalogue import all_rules
    from mrnet.validation.severities import find_rule

    rules = all_rules()
    if rule is None:
        rows = [_row(each) for each in rules]
        output.publish(Result(data=rows, draw=lambda: _draw_table(rules)))
        return 0
    name = find_rule(rule, [each.name for each in rules], "rules")
    chosen = next(each for each in rules if each.name == name)
    row = {**_row(chosen), "page": chosen.page, "remedy": chosen.remedy}
    output.publish(Result(data=[row], draw=lambda: _draw_page(chosen)))
    return 0


def _row(rule: "Rule") -> dict[str, str]:
    return {"rule": rule.name, "severity": rule.default.value, "topic": rule.topic, "broken_where": rule.summary}


def _draw_table(rules: "list[Rule]") -> "Iterator[Table]":
    from mrnet.cli.tables import Table

    rows = ([rule.name, rule.default, rule.summary.replace("`", "")] for rule in rules)
    yield Table(("rule", "severity", "broken where"), rows, left=("rule", "severity"), prose="broken where")


def _draw_page(rule: "Rule") -> "Iterator[RenderableType]":
    from rich.markdown import Markdown

    from mrnet.validation.reports.rules import rule_page

    yield Markdown(rule_page(rule))
