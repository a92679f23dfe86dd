"""RFC 6749 §4.1 seen from the server: the life of one authorization request, on a virtual clock."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.authorization_code_grant import (
    CodeRedemptionFacts,
    ConsentFacts,
    ConsentVerdict,
    PersonSignIn,
    RedemptionVerdict,
    is_acceptable_sign_in,
    is_awaiting_consent,
    is_repeated,
    judge_consent,
    judge_redemption,
    status_after,
)
from pairgrant_protocol.device_grant import Decision, GrantStatus

NOW = 1000.0
EXPIRES_AT = 1600.0


@dataclass(frozen=True)
class Grant:
    client_id: str = "app"
    status: GrantStatus = GrantStatus.PENDING
    user_id: str | None = None
    expires_at: float = EXPIRES_AT


PENDING = Grant()
APPROVED = Grant(status=GrantStatus.APPROVED, user_id="alice")
DENIED = Grant(status=GrantStatus.DENIED, user_id="alice")
REDEEMED = Grant(status=GrantStatus.REDEEMED, user_id="alice")

APPROVAL = ConsentFacts(
    Decision.APPROVE,
    is_client_allowed=True,
    is_sign_in_acceptable=True,
    requested_scope=("openid", "email"),
    optional_scope=("email",),
    approved_scope=("openid", "email"),
)
DENIAL = ConsentFacts(Decision.DENY, is_client_allowed=True, is_sign_in_acceptable=True)
REDEMPTION = CodeRedemptionFacts(
    client_id="app",
    code_matches=True,
    redirect_uri_matches=True,
    verifier_matches=True,
    key_matches=True,
    is_account_usable=True,
    is_client_allowed=True,
    is_resource_approved=True,
)


class TestConsent:
    """§4.1.1 and §4.1.2."""

    @pytest.mark.parametrize("facts", [APPROVAL, DENIAL])
    def test_pending_request_can_be_decided(self, facts: ConsentFacts) -> None:
        assert judge_consent(PENDING, facts, NOW) is ConsentVerdict.ACCEPTED

    @pytest.mark.parametrize("facts", [APPROVAL, DENIAL])
    @pytest.mark.parametrize("grant", [None, APPROVED, DENIED, REDEEMED])
    def test_unknown_or_decided_request_can_not_be_decided(
        self, grant: Grant | None, facts: ConsentFacts
    ) -> None:
        assert judge_consent(grant, facts, NOW) is ConsentVerdict.CLOSED

    @pytest.mark.parametrize("facts", [APPROVAL, DENIAL])
    def test_request_expires_exactly_at_expires_at(self, facts: ConsentFacts) -> None:
        assert judge_consent(PENDING, facts, EXPIRES_AT - 0.001) is ConsentVerdict.ACCEPTED
        assert judge_consent(PENDING, facts, EXPIRES_AT) is ConsentVerdict.CLOSED

    @pytest.mark.parametrize("facts", [APPROVAL, DENIAL])
    def test_request_closes_if_the_client_may_not_ask_any_more(self, facts: ConsentFacts) -> None:
        assert judge_consent(PENDING, facts._replace(is_client_allowed=False), NOW) is ConsentVerdict.CLOSED

    @pytest.mark.parametrize("facts", [APPROVAL, DENIAL])
    def test_decision_requires_an_acceptable_sign_in(self, facts: ConsentFacts) -> None:
        without = facts._replace(is_sign_in_acceptable=False)
        assert judge_consent(PENDING, without, NOW) is ConsentVerdict.SIGN_IN
        assert judge_consent(DENIED, without, NOW) is ConsentVerdict.CLOSED

    @pytest.mark.parametrize(
        ("approved", "verdict"),
        [
            (("openid", "email"), ConsentVerdict.ACCEPTED),
            (("openid",), ConsentVerdict.ACCEPTED),
            (("email",), ConsentVerdict.BAD_SCOPE),
            ((), ConsentVerdict.BAD_SCOPE),
            (("openid", "email", "profile"), ConsentVerdict.BAD_SCOPE),
        ],
    )
    def test_approval_may_leave_out_optional_scopes_only_and_add_none(
        self, approved: tuple[str, ...], verdict: ConsentVerdict
    ) -> None:
        assert judge_consent(PENDING, APPROVAL._replace(approved_scope=approved), NOW) is verdict

    def test_denial_needs_no_scope(self) -> None:
        facts = DENIAL._replace(requested_scope=("openid",))
        assert judge_consent(PENDING, facts, NOW) is ConsentVerdict.ACCEPTED

    def test_request_without_scope_can_be_approved(self) -> None:
        facts = APPROVAL._replace(requested_scope=(), optional_scope=(), approved_scope=())
        assert judge_consent(PENDING, facts, NOW) is ConsentVerdict.ACCEPTED

    def test_decision_leads_to_its_status(self) -> None:
        assert status_after(Decision.APPROVE) is GrantStatus.APPROVED
        assert status_after(Decision.DENY) is GrantStatus.DENIED

    @pytest.mark.parametrize(
        ("grant", "now", "expected"),
        [
            (PENDING, NOW, True),
            (PENDING, EXPIRES_AT, False),
            (APPROVED, NOW, False),
            (DENIED, NOW, False),
            (REDEEMED, NOW, False),
        ],
    )
    def test_only_a_pending_request_awaits_consent(self, grant: Grant, now: float, *, expected: bool) -> None:
        assert is_awaiting_consent(grant, now) is expected


class TestRepeatedDecision:
    """A browser may send a form twice; the second one gets the response of the first."""

    @pytest.mark.parametrize(("grant", "decision"), [(APPROVED, Decision.APPROVE), (DENIED, Decision.DENY)])
    def test_same_decision_of_the_same_person_is_repeated(self, grant: Grant, decision: Decision) -> None:
        assert is_repeated(grant, decision, "alice", NOW)

    @pytest.mark.parametrize(
        ("grant", "decision"),
        [
            (APPROVED, Decision.DENY),
            (DENIED, Decision.APPROVE),
            (PENDING, Decision.APPROVE),
            (REDEEMED, Decision.APPROVE),
        ],
    )
    def test_other_decision_is_not_repeated(self, grant: Grant, decision: Decision) -> None:
        assert not is_repeated(grant, decision, "alice", NOW)

    def test_decision_of_another_person_is_not_repeated(self) -> None:
        assert not is_repeated(APPROVED, Decision.APPROVE, "bob", NOW)

    def test_expired_decision_is_not_repeated(self) -> None:
        assert not is_repeated(APPROVED, Decision.APPROVE, "alice", EXPIRES_AT)


class Required(NamedTuple):
    subject: str | None = None
    max_age: int | None = None
    wants_fresh_sign_in: bool = False


BEFORE = PersonSignIn("alice", NOW - 60)


class TestSignIn:
    """OpenID Connect Core §3.1.2.1: prompt, max_age, id_token_hint."""

    def accepts(self, required: Required, sign_in: PersonSignIn | None, now: float = NOW) -> bool:
        return is_acceptable_sign_in(required, sign_in, requested_at=NOW, now=now)

    def test_any_sign_in_is_accepted_without_requirements(self) -> None:
        assert self.accepts(Required(), BEFORE)
        assert not self.accepts(Required(), None)

    def test_hint_accepts_only_its_own_account(self) -> None:
        assert self.accepts(Required(subject="alice"), BEFORE)
        assert not self.accepts(Required(subject="bob"), BEFORE)
        assert not self.accepts(Required(subject="bob"), PersonSignIn("alice", NOW + 1))

    def test_fresh_sign_in_is_one_after_the_request(self) -> None:
        required = Required(wants_fresh_sign_in=True)
        assert not self.accepts(required, BEFORE)
        assert self.accepts(required, PersonSignIn("alice", NOW))

    def test_max_age_is_inclusive(self) -> None:
        assert self.accepts(Required(max_age=60), BEFORE)
        assert not self.accepts(Required(max_age=59), BEFORE)
        assert not self.accepts(Required(max_age=60), BEFORE, now=NOW + 1)

    def test_sign_in_after_the_request_satisfies_any_max_age(self) -> None:
        """Otherwise a slow reader would have to sign in again and again."""
        assert self.accepts(Required(max_age=0), PersonSignIn("alice", NOW + 1), now=NOW + 100)


FOREIGN = {
    "another client": REDEMPTION._replace(client_id="another"),
    "another code": REDEMPTION._replace(code_matches=False),
    "another redirect_uri": REDEMPTION._replace(redirect_uri_matches=False),
    "no code_verifier": REDEMPTION._replace(verifier_matches=False),
    "no DPoP key": REDEMPTION._replace(key_matches=False),
}


class TestRedemption:
    """§4.1.3."""

    def test_approved_code_gets_tokens(self) -> None:
        assert judge_redemption(APPROVED, REDEMPTION, NOW) is RedemptionVerdict.TOKENS

    @pytest.mark.parametrize("grant", [None, PENDING, DENIED])
    def test_request_without_a_code_is_unknown(self, grant: Grant | None) -> None:
        assert judge_redemption(grant, REDEMPTION, NOW) is RedemptionVerdict.UNKNOWN

    @pytest.mark.parametrize("facts", FOREIGN.values(), ids=FOREIGN)
    @pytest.mark.parametrize("grant", [APPROVED, REDEEMED], ids=["approved", "redeemed"])
    @pytest.mark.parametrize("now", [NOW, EXPIRES_AT])
    def test_code_is_unknown_to_a_caller_it_was_not_issued_for(
        self, facts: CodeRedemptionFacts, grant: Grant, now: float
    ) -> None:
        """§4.1.3, RFC 7636 §4.6, RFC 9449 §10: such a caller learns nothing and ends nothing."""
        assert judge_redemption(grant, facts, now) is RedemptionVerdict.UNKNOWN

    @pytest.mark.parametrize("now", [NOW, EXPIRES_AT, EXPIRES_AT + 1000])
    def test_used_code_is_reused_at_any_time(self, now: float) -> None:
        """§4.1.2: the tokens that it gave are revoked."""
        facts = REDEMPTION._replace(is_account_usable=False, is_resource_approved=False)
        assert judge_redemption(REDEEMED, facts, now) is RedemptionVerdict.REUSED

    def test_code_expires_exactly_at_expires_at(self) -> None:
        assert judge_redemption(APPROVED, REDEMPTION, EXPIRES_AT - 0.001) is RedemptionVerdict.TOKENS
        assert judge_redemption(APPROVED, REDEMPTION, EXPIRES_AT) is RedemptionVerdict.EXPIRED

    def test_code_is_refused_if_the_account_is_unusable(self) -> None:
        facts = REDEMPTION._replace(is_account_usable=False, is_client_allowed=False)
        assert judge_redemption(APPROVED, facts, NOW) is RedemptionVerdict.NO_ACCOUNT
        assert judge_redemption(APPROVED, facts, EXPIRES_AT) is RedemptionVerdict.EXPIRED

    def test_code_is_refused_if_the_registration_changed(self) -> None:
        facts = REDEMPTION._replace(is_client_allowed=False, is_resource_approved=False)
        assert judge_redemption(APPROVED, facts, NOW) is RedemptionVerdict.WITHDRAWN

    def test_code_is_refused_for_a_resource_that_was_not_approved(self) -> None:
        """RFC 8707 §2.2; the code stays good for one that was."""
        facts = REDEMPTION._replace(is_resource_approved=False)
        assert judge_redemption(APPROVED, facts, NOW) is RedemptionVerdict.BAD_TARGET


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0, 400)),
        st.tuples(st.sampled_from(["approve", "deny", "redeem", "redeem as a thief"]), st.just(0.0)),
    ),
    max_size=12,
)


@given(events=EVENTS)
def test_request_lives_along_the_arrows_and_gives_tokens_once(events: list[tuple[str, float]]) -> None:
    grant, now, issued, revoked = PENDING, NOW, 0, False
    for event, seconds in events:
        now += seconds
        status = grant.status
        if event in {"approve", "deny"}:
            facts = APPROVAL if event == "approve" else DENIAL
            if judge_consent(grant, facts, now) is ConsentVerdict.ACCEPTED:
                assert (status, now < EXPIRES_AT) == (GrantStatus.PENDING, True)
                # A code lives for 60 s from now on.
                grant = replace(
                    grant, status=status_after(facts.decision), user_id="alice", expires_at=now + 60
                )
            assert is_repeated(grant, facts.decision, "alice", now) or (
                grant.status is not status_after(facts.decision) or now >= grant.expires_at
            )
        elif event.startswith("redeem"):
            thief = event.endswith("thief")
            verdict = judge_redemption(grant, REDEMPTION._replace(verifier_matches=not thief), now)
            if verdict is RedemptionVerdict.TOKENS:
                assert (status, now < grant.expires_at, thief) == (GrantStatus.APPROVED, True, False)
                grant, issued = replace(grant, status=GrantStatus.REDEEMED), issued + 1
            revoked = revoked or verdict is RedemptionVerdict.REUSED
            assert verdict is not RedemptionVerdict.REUSED or (issued == 1 and not thief)
        assert issued <= 1
        assert issued == (grant.status is GrantStatus.REDEEMED)
    assert not revoked or issued == 1
