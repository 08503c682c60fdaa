"""`mrnet rules`: the table and the pages come from the code."""

import json

import pytest

from mrnet.validation.catalogue import all_rules
from tests.conftest import Mrnet


def test_the_table_holds_every_rule_once(mrnet: Mrnet) -> None:
    rows = json.loads(mrnet("rules", "--format", "json").out)
    names = [row["rule"] for row in rows]
    assert names == [rule.name for rule in all_rules()]
    assert len(set(names)) == len(names) == 36
    out = mrnet("rules").out
    assert all(name in out for name in names)


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_each_rule_has_a_page_with_meaning_reason_and_remedy(mrnet: Mrnet, rule: object) -> None:
    name = getattr(rule, "name", "")
    ran = mrnet("rules", name)
    assert ran.status == 0
    assert name in ran.out
    assert "Why it matters." in ran.out
    assert "What to do." in ran.out
    assert "{" not in ran.out


def test_an_unknown_rule_names_the_nearest(mrnet: Mrnet) -> None:
    ran = mrnet("rules", "blank-slices")
    assert ran.status == 2
    assert "blank-slice" in ran.err
