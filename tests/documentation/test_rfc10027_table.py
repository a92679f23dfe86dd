"""docs/security.md has the 17 mitigations of RFC 10027 as the table of rules and the assessment have them."""

from docs.rfc10027_table import BEGIN, END, PAGE, mitigation_rules, written
from pairgrant_server.authorization_server.risk.mitigations import MITIGATIONS


def test_table_of_mitigations_is_the_one_of_the_rules() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert page == written(page), "run: uv run python docs/rfc10027_table.py"


def test_mitigations_are_the_rfcs_in_its_order() -> None:
    sections = [rule["section"] for rule in mitigation_rules()]
    assert sections == [f"6.1.{mitigation.number}" for mitigation in MITIGATIONS]


def test_each_limit_is_the_one_that_client_risk_prints() -> None:
    assert [rule["limit"] for rule in mitigation_rules()] == [mitigation.limit for mitigation in MITIGATIONS]


def test_each_setting_names_the_option_of_client_risk() -> None:
    for mitigation, rule in zip(MITIGATIONS, mitigation_rules(), strict=True):
        options = [word for word in (mitigation.option or "").split() if word.startswith("--")]
        assert [option for option in options if f"`{option}" not in rule["setting"]] == [], rule["section"]
        assert (mitigation.is_on is None) == (rule["setting"] == "not possible")
