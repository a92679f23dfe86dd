"""Signing in at another provider, step (D): everything but the pages.

The browser session keeps what the response has to match. A response is accepted once, on any number of
processes.
"""

import secrets
from collections.abc import Callable, Sequence

import structlog

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.sessions import Sessions
from pairgrant_server.accounts.upstream.attempt import LIFETIME, Attempt, authorization_uri
from pairgrant_server.accounts.upstream.callback import Parameters, code_of, matching_attempt
from pairgrant_server.accounts.upstream.first_time_user import is_named
from pairgrant_server.accounts.upstream.providers import Providers, ProviderTokens
from pairgrant_server.accounts.upstream.upstream_accounts import UpstreamAccounts
from pairgrant_server.accounts.upstream.upstream_error import UpstreamError, UpstreamFailure
from pairgrant_server.accounts.upstream.upstream_user import UpstreamUser
from pairgrant_server.accounts.upstream.upstreams import UnreadableSecretError, Upstreams
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.records import Upstream, User
from pairgrant_server.authorization_server.secrets.spent_identifiers import of_upstream_state
from pairgrant_server.authorization_server.store.interface.spent_identifiers import SpentIdentifierStore

log = structlog.get_logger()

CALLBACK = "/signin/from/"
"""Followed by the provider's name here: each has a redirect URI of its own (RFC 9700 §4.4)."""

_TAPS = 3
"""Requests at once of one browser; after more than that, the response is refused as an unknown one."""

_WARNINGS = frozenset({UpstreamFailure.UNAVAILABLE, UpstreamFailure.INVALID_RESPONSE})
"""Failures logged as warnings, because the operator may have to act."""


class UpstreamSignIn:
    """Raises (``begin`` and ``finish``): ``UpstreamError``, logged already."""

    def __init__(
        self,
        *,
        upstreams: Upstreams,
        accounts: UpstreamAccounts,
        providers: Providers,
        sessions: Sessions,
        spent: SpentIdentifierStore,
        public_url: str,
        clock: Clock,
        token_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._upstreams = upstreams
        self._accounts = accounts
        self._providers = providers
        self._sessions = sessions
        self._spent = spent
        self._public_url = public_url
        self._clock = clock
        self._token_bytes = token_bytes

    async def providers(self) -> Sequence[Upstream]:
        """The providers that people can sign in with."""
        return await self._upstreams.all()

    async def upstream(self, name: str) -> Upstream | None:
        return await self._upstreams.upstream(name)

    async def begin(
        self,
        upstream: Upstream,
        cookie: Secret,
        *,
        next_page: str | None = None,
        user_code: str | None = None,
        wants_fresh: bool = False,
        pairing: str | None = None,
    ) -> str:
        """Start a sign-in and return the URI to send the browser to.

        A second tap on the button leads to the same URI, because the browser follows only one of them.
        """
        attempt = Attempt.new(
            upstream.name,
            now=self._clock(),
            token_bytes=self._token_bytes,
            next_page=next_page,
            user_code=user_code,
            wants_fresh=wants_fresh,
            pairing=pairing,
        )
        try:
            metadata = await self._providers.metadata(upstream.issuer)
        except UpstreamError as error:
            raise _logged(upstream, error) from None
        attempt = await self._stored(cookie, attempt)
        return authorization_uri(metadata, upstream, attempt, self._redirect_uri(upstream))

    async def _stored(self, cookie: Secret, attempt: Attempt) -> Attempt:
        """``attempt``, now stored, or the one of the first tap."""
        for _ in range(_TAPS):
            sealed = await self._sessions.upstream_attempt(cookie)
            earlier = None if sealed is None else Attempt.parse(sealed)
            if (
                earlier is not None
                and earlier.is_same_request(attempt, self._clock())
                and not await self._spent.is_spent(of_upstream_state(earlier.state))
            ):
                return earlier
            if await self._sessions.put_upstream_attempt(cookie, attempt.serialize(), expected=sealed):
                break
        return attempt

    async def attempt(self, cookie: Secret) -> Attempt | None:
        """The pending sign-in of the browser with ``cookie``."""
        sealed = await self._sessions.upstream_attempt(cookie)
        return None if sealed is None else Attempt.parse(sealed)

    async def finish(self, upstream: Upstream, attempt: Attempt | None, parameters: Parameters) -> User:
        """The user whom the response signs in; a missing account is created if the provider may do so."""
        try:
            return await self._finish(upstream, attempt, parameters)
        except UpstreamError as error:
            raise _logged(upstream, error) from None

    async def _finish(self, upstream: Upstream, attempt: Attempt | None, parameters: Parameters) -> User:
        attempt = matching_attempt(parameters, attempt, upstream.name, self._clock())
        until = attempt.started_at + 2 * LIFETIME
        if not await self._spent.spend_identifier(of_upstream_state(attempt.state), until):
            raise UpstreamError(UpstreamFailure.EXPIRED, "this response was used before")
        code = code_of(parameters, await self._providers.metadata(upstream.issuer))
        response = await self._providers.redeem(
            upstream, self._secret(upstream), code, attempt, self._redirect_uri(upstream)
        )
        person = await self._providers.person(upstream, response, attempt, self._clock())
        user = await self._accounts.user(person)
        if user is None:
            user = await self._first_time_user(upstream, person, response)
        if user.locked:
            raise UpstreamError(UpstreamFailure.LOCKED, "the account is locked")
        return user

    async def _first_time_user(
        self, upstream: Upstream, person: UpstreamUser, response: ProviderTokens
    ) -> User:
        if not upstream.creates_accounts:
            # The operator needs the subject to link the identity to an account.
            raise UpstreamError(
                UpstreamFailure.NO_ACCOUNT,
                f"no account is linked to the subject {visible(person.subject, limit=255)}",
            )
        if not is_named(person):
            person = await self._providers.more_about(person, response)
        user = await self._accounts.add(person)
        log.info("account created", upstream=upstream.name, user_id=user.user_id)
        return user

    def _redirect_uri(self, upstream: Upstream) -> str:
        return redirect_uri(self._public_url, upstream.name)

    def _secret(self, upstream: Upstream) -> Secret | None:
        try:
            return self._upstreams.secret_of(upstream)
        except UnreadableSecretError as error:
            raise UpstreamError(UpstreamFailure.UNAVAILABLE, str(error)) from None


def redirect_uri(public_url: str, name: str) -> str:
    """The redirect URI that an operator registers at the provider."""
    return f"{public_url}{CALLBACK}{name}"


def _logged(upstream: Upstream, error: UpstreamError) -> UpstreamError:
    write = log.warning if error.failure in _WARNINGS else log.info
    write("upstream sign-in ended", upstream=upstream.name, failure=error.failure.value, reason=error.reason)
    return error
