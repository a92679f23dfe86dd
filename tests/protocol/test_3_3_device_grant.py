"""RFC 8628 §3.3 as the server sees it: what a person may decide about a device authorization, step (D)."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.device_grant import (
    Decision,
    GrantFacts,
    GrantStatus,
    can_be_cancelled,
    decided,
    is_open,
)

EXPIRES_AT = 1600.0
NOW = 1000.0
PENDING, APPROVED, DENIED, REDEEMED = GrantStatus


class Facts(NamedTuple):
    client_id: str
    status: GrantStatus
    expires_at: float
    interval: int


def grant(status: GrantStatus = PENDING) -> GrantFacts:
    return Facts(client_id="tv", status=status, expires_at=EXPIRES_AT, interval=5)


class TestDecision:
    """§3.3, step (D): a person approves or denies, once."""

    @pytest.mark.parametrize(("decision", "status"), [(Decision.APPROVE, APPROVED), (Decision.DENY, DENIED)])
    def test_decision_gives_a_pending_grant_its_status(self, decision: Decision, status: GrantStatus) -> None:
        assert decided(grant(), decision, NOW) is status
        assert decided(grant(), decision, EXPIRES_AT - 0.001) is status

    @pytest.mark.parametrize("decision", Decision)
    @pytest.mark.parametrize("status", [APPROVED, DENIED, REDEEMED])
    def test_decided_grant_can_not_be_decided_again(self, decision: Decision, status: GrantStatus) -> None:
        assert decided(grant(status), decision, NOW) is None

    @pytest.mark.parametrize("decision", Decision)
    @pytest.mark.parametrize("now", [EXPIRES_AT, EXPIRES_AT + 3600])
    def test_expired_grant_can_not_be_decided(self, decision: Decision, now: float) -> None:
        assert decided(grant(), decision, now) is None

    @given(st.sampled_from(GrantStatus), st.floats(0, 2 * EXPIRES_AT), st.sampled_from(Decision))
    def test_open_grant_is_one_that_can_be_decided(
        self, status: GrantStatus, now: float, decision: Decision
    ) -> None:
        assert is_open(grant(status), now) is (decided(grant(status), decision, now) is not None)


class TestCancellation:
    """A device that gives up ends its grant, unless that has ended already."""

    @pytest.mark.parametrize(
        ("status", "can_end"), [(PENDING, True), (APPROVED, True), (DENIED, False), (REDEEMED, False)]
    )
    def test_grant_without_tokens_can_be_cancelled_until_it_expires(
        self, status: GrantStatus, *, can_end: bool
    ) -> None:
        assert can_be_cancelled(grant(status), NOW) is can_end
        assert not can_be_cancelled(grant(status), EXPIRES_AT)
