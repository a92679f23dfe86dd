"""The table of outcomes is complete, and says what ``client risk`` says."""

from typing import Any

import pytest

from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.risk.attacks import Outcome, remaining_attacks
from tests.phishing import attacks
from tests.phishing.outcomes import ROWS, row
from tests.phishing.rehearsal import POLICIES, Result

ENROLLED = ("k" * 43,)
RULES: dict[str, dict[str, Any]] = {
    "open": {"profile": "open"},
    "standard": {},
    "required": {"number_match": "required"},
    "strict": {"profile": "strict"},
    "managed": {"profile": "managed", "enrolled_keys": ENROLLED},
}

REHEARSED_AS = {
    "sent_before": ("link_by_mail", "code_by_mail", "photographed_qr_code"),
    "made_on_click": ("click_in_a_mail", "page_with_script", "page_with_link", "streamed_qr_code"),
    "live_relay": ("live_relay", "relay_by_telephone"),
    "relay_on_shared_network": ("relay_through_a_vpn",),
    "sent_on_shared_network": ("code_through_a_vpn",),
    "code_for_many": ("code_for_two", "code_for_many"),
}
"""Attack of ``client risk`` -> rows of the table."""

RESULTS = {
    Outcome.SUCCEEDS: {Result.SUCCEEDS},
    Outcome.HELD: {Result.HELD},
    Outcome.CONFIRMED: {Result.UNCONFIRMED},
    Outcome.NEEDS_DIGITS: {Result.FAILS},
    Outcome.FAILS: {Result.FAILS, Result.NOT_STARTED},
}


def test_each_row_is_an_attack_once_with_a_cell_for_each_policy_and_a_note() -> None:
    assert len({row["attack"] for row in ROWS}) == len(ROWS)
    assert [
        row for row in ROWS if row.keys() != {"attack", "text", "note", *POLICIES} or not row["note"]
    ] == []


def test_each_cell_of_a_rehearsed_attack_has_two_results() -> None:
    cells = [found[policy] for found in ROWS if hasattr(attacks, found["attack"]) for policy in POLICIES]
    assert {len([Result(result) for result in cell]) for cell in cells} == {2}


@pytest.mark.parametrize("policy", POLICIES)
def test_client_risk_says_what_the_rehearsals_found(policy: str) -> None:
    for remaining in remaining_attacks(ClientPolicy(**RULES[policy])):
        found = [
            Result(result)
            for name in REHEARSED_AS[remaining.attack.attack_id]
            for result in row(name)[policy]
        ]
        assert min(found, key=lambda result: result.rank) in RESULTS[remaining.outcome], remaining
