"""The pages of the rules in Markdown, for `mrnet rules NAME` and the documents."""

from mrnet.validation.rules import Read, Rule
from mrnet.validation.sources import Listing

NEEDED = {
    Read.LABELS: "checked with every --read",
    Read.HEADERS: "needs --read headers or voxels",
    Read.VOXELS: "needs --read voxels",
}


def rule_page(rule: Rule, heading: str = "#") -> str:
    """Return the page of a rule: where it is broken, what that means, why it matters, what to do."""
    needed = NEEDED[rule.needs]
    if rule.against:
        listing = any(issubclass(kind, Listing) for kind in rule.against)
        needed += f", and {'a manifest or a zip' if listing else 'expectations'} to compare with (`--against`)"
    parts = [
        f"{heading} {rule.name}",
        f"{rule.summary}.",
        rule.page,
        f"**What to do.** {_shown(rule.remedy)}",
        f"*{rule.default.capitalize()}, {needed}.*",
    ]
    return "\n\n".join(parts) + "\n"


def rules_page(rules: list[Rule]) -> str:
    """Return one page with all rules, which begins with a table."""
    lines = ["| rule | severity | broken where |", "| --- | --- | --- |"]
    lines += [f"| [`{rule.name}`](#{rule.name}) | {rule.default} | {rule.summary} |" for rule in rules]
    return "\n".join(["# Rules", "", *lines, "", *(rule_page(rule, heading="##") for rule in rules)])


def _shown(remedy: str) -> str:
    return remedy.replace("{", "`<").replace("}", ">`")
