"""The server's state machine for the code flow: the life of one authorization request (RFC 6749 §4.1).

    PENDING -> APPROVED | DENIED        APPROVED -> REDEEMED

Whether a decision or a redemption is accepted is judged here alone. The services fetch facts and carry the
verdict out; the store carries a transition out as one compare-and-set on ``status`` and ``expires_at``. A
redemption that loses it is judged again; a decision that loses it has changed nothing. Expiry is derived from
``expires_at``, never stored. Pure: ``now`` is Unix time in seconds and comes from the caller.

A person's decision is judged in this order; the first line that applies gives the verdict:

    1. no such request                            CLOSED
    2. decided before                             CLOSED       (``is_repeated``: the same decision twice)
    3. past ``expires_at``                        CLOSED
    4. the client may not ask for this any more   CLOSED
    5. no sign-in, or not one that the request
       accepts (``is_acceptable_sign_in``)        SIGN_IN
    6. approved with a scope that was not asked
       for, or without one that is not optional   BAD_SCOPE
    7. otherwise                                  ACCEPTED     a code, or access_denied (§4.1.2.1)

The redemption of a code (§4.1.3) is judged in this order:

    1. no such grant, or another code             UNKNOWN      invalid_grant
    2. another client's code                      UNKNOWN      invalid_grant
    3. another redirect_uri                       UNKNOWN      invalid_grant
    4. not its code_verifier (RFC 7636 §4.6)      UNKNOWN      invalid_grant
    5. bound to a DPoP key that the request did
       not prove (RFC 9449 §10)                   UNKNOWN      invalid_grant
    6. redeemed before                            REUSED       invalid_grant; its tokens are revoked (§4.1.2)
    7. past ``expires_at``                        EXPIRED      invalid_grant
    8. the account is gone or locked              NO_ACCOUNT   invalid_grant
    9. the client's registration has lost the
       redirect_uri or all of the approved scope  WITHDRAWN    invalid_grant
   10. a resource that was not approved           BAD_TARGET   invalid_target (RFC 8707 §2)
   11. otherwise                                  TOKENS       the token response (§4.1.4)

Reuse revokes tokens only after lines 1 to 5: a caller without the verifier or the key can't end a sign-in.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple, Protocol

from pairgrant_protocol.device_grant import Decision, GrantStatus


class AuthorizationGrantFacts(Protocol):
    """What a judgement needs to know of one authorization request; ``expires_at`` is Unix time in seconds."""

    @property
    def client_id(self) -> str: ...
    @property
    def status(self) -> GrantStatus: ...
    @property
    def user_id(self) -> str | None: ...
    @property
    def expires_at(self) -> float: ...


class SignInRequirements(Protocol):
    """Which sign-in an authorization request accepts (OpenID Connect Core §3.1.2.1)."""

    @property
    def subject(self) -> str | None:
        """The one account that is accepted, from ``id_token_hint``."""

    @property
    def max_age(self) -> int | None:
        """Seconds."""

    @property
    def wants_fresh_sign_in(self) -> bool:
        """``prompt=login``: a sign-in from before the request is not accepted."""


class PersonSignIn(NamedTuple):
    """Who is signed in, and since when."""

    user_id: str
    auth_time: float


def is_acceptable_sign_in(
    required: SignInRequirements, sign_in: PersonSignIn | None, *, requested_at: float, now: float
) -> bool:
    """Whether ``sign_in`` is one that the request of ``requested_at`` accepts."""
    if sign_in is None or required.subject not in {None, sign_in.user_id}:
        return False
    if sign_in.auth_time >= requested_at:
        return True
    if required.wants_fresh_sign_in:
        return False
    return required.max_age is None or now - sign_in.auth_time <= required.max_age


class ConsentFacts(NamedTuple):
    """The facts of one decision."""

    decision: Decision
    is_client_allowed: bool
    """The client's registration still allows the request."""
    is_sign_in_acceptable: bool
    requested_scope: Collection[str] = ()
    optional_scope: Collection[str] = ()
    """What the person may leave out."""
    approved_scope: Collection[str] = ()


class ConsentVerdict(StrEnum):
    CLOSED = "closed"
    SIGN_IN = "sign_in"
    BAD_SCOPE = "bad_scope"
    ACCEPTED = "accepted"


def is_awaiting_consent(grant: AuthorizationGrantFacts, now: float) -> bool:
    """Lines 2 and 3 of a decision: whether the request can still be decided."""
    return grant.status is GrantStatus.PENDING and now < grant.expires_at


def judge_consent(grant: AuthorizationGrantFacts | None, facts: ConsentFacts, now: float) -> ConsentVerdict:
    """The verdict on a decision at ``now``; the docstring of this module lists the order."""
    if grant is None or not is_awaiting_consent(grant, now) or not facts.is_client_allowed:
        return ConsentVerdict.CLOSED
    if not facts.is_sign_in_acceptable:
        return ConsentVerdict.SIGN_IN
    if facts.decision is Decision.APPROVE:
        requested, approved = set(facts.requested_scope), set(facts.approved_scope)
        if not approved <= requested or not requested - approved <= set(facts.optional_scope):
            return ConsentVerdict.BAD_SCOPE
    return ConsentVerdict.ACCEPTED


_STATUS_AFTER = {Decision.APPROVE: GrantStatus.APPROVED, Decision.DENY: GrantStatus.DENIED}


def status_after(decision: Decision) -> GrantStatus:
    """The status that an accepted decision leads to."""
    return _STATUS_AFTER[decision]


def is_repeated(grant: AuthorizationGrantFacts, decision: Decision, user_id: str, now: float) -> bool:
    """Whether this person made this decision before, so that its response, if not expired, is sent again."""
    return grant.status is status_after(decision) and grant.user_id == user_id and now < grant.expires_at


class CodeRedemptionFacts(NamedTuple):
    """The facts of one token request with a code (§4.1.3)."""

    client_id: str
    code_matches: bool
    """The code is the grant's own."""
    redirect_uri_matches: bool = False
    """It is the redirect_uri of the authorization request."""
    verifier_matches: bool = False
    """The code_verifier is the one behind the code_challenge."""
    key_matches: bool = False
    """The code is bound to no DPoP key, or the request proved it."""
    is_account_usable: bool = False
    """The account that approved exists and is not locked."""
    is_client_allowed: bool = False
    """The redirect_uri is still registered, and some of the approved scope is still the client's."""
    is_resource_approved: bool = False


class RedemptionVerdict(StrEnum):
    UNKNOWN = "unknown"
    REUSED = "reused"
    EXPIRED = "expired"
    NO_ACCOUNT = "no_account"
    WITHDRAWN = "withdrawn"
    BAD_TARGET = "bad_target"
    TOKENS = "tokens"


def judge_redemption(
    grant: AuthorizationGrantFacts | None, facts: CodeRedemptionFacts, now: float
) -> RedemptionVerdict:
    """The verdict on a token request at ``now``; the docstring of this module lists the order."""
    if (
        grant is None
        or grant.status not in {GrantStatus.APPROVED, GrantStatus.REDEEMED}  # no code was issued
        or not facts.code_matches
        or grant.client_id != facts.client_id
        or not facts.redirect_uri_matches
        or not facts.verifier_matches
        or not facts.key_matches
    ):
        return RedemptionVerdict.UNKNOWN
    if grant.status is GrantStatus.REDEEMED:
        return RedemptionVerdict.REUSED
    if now >= grant.expires_at:
        return RedemptionVerdict.EXPIRED
    if not facts.is_account_usable:
        return RedemptionVerdict.NO_ACCOUNT
    if not facts.is_client_allowed:
        return RedemptionVerdict.WITHDRAWN
    return RedemptionVerdict.TOKENS if facts.is_resource_approved else RedemptionVerdict.BAD_TARGET
