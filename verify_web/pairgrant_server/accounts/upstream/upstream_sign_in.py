"""Signing in at another provider, step (D): from the button to the person, everything but the pages.

The browser's own session holds what the answer has to fit, and an answer passes once, on any number of processes.
"""

import secrets
from collections.abc import Callable, Sequence

import structlog

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.sessions import Sessions
from pairgrant_server.accounts.upstream.attempt import LIFETIME, Attempt, authorization_uri
from pairgrant_server.accounts.upstream.callback import Parameters, belonging, code_of
from pairgrant_server.accounts.upstream.first_time_user import is_named
from pairgrant_server.accounts.upstream.id_token import UpstreamUser
from pairgrant_server.accounts.upstream.providers import Answer, Providers
from pairgrant_server.accounts.upstream.upstream_accounts import UpstreamAccounts
from pairgrant_server.accounts.upstream.upstream_error import UpstreamError, UpstreamFailure
from pairgrant_server.accounts.upstream.upstreams import UnreadableSecretError, Upstreams
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.records import Upstream, User
from pairgrant_server.authorization_server.secrets.spent_identifiers import of_upstream_state
from pairgrant_server.authorization_server.store.interface.spent_identifiers import SpentIdentifierStore

log = structlog.get_logger()

CALLBACK = "/signin/from/"
"""Followed by our name for the provider: each has an address of its own."""

_TROUBLE = frozenset({UpstreamFailure.UNAVAILABLE, UpstreamFailure.INVALID_RESPONSE})
"""What an operator should know of; the rest is people changing their minds."""


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

    async def ways(self) -> Sequence[Upstream]:
        """The providers with which people may sign in."""
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
    ) -> str:
        """Where the browser of ``cookie`` goes now."""
        attempt = Attempt.new(
            upstream.name,
            now=self._clock(),
            token_bytes=self._token_bytes,
            next_page=next_page,
            user_code=user_code,
            wants_fresh=wants_fresh,
        )
        try:
            metadata = await self._providers.metadata(upstream.issuer)
        except UpstreamError as error:
            raise _logged(upstream, error) from None
        await self._sessions.put_upstream_attempt(cookie, attempt.serialize())
        return authorization_uri(metadata, upstream, attempt, self._redirect_uri(upstream))

    async def attempt(self, cookie: Secret) -> Attempt | None:
        """The sign-in that is under way in the browser of ``cookie``, for what the person came for."""
        sealed = await self._sessions.upstream_attempt(cookie)
        return None if sealed is None else Attempt.parse(sealed)

    async def finish(self, upstream: Upstream, attempt: Attempt | None, parameters: Parameters) -> User:
        """Whose sign-in the answer completes; an account is made where that is allowed."""
        try:
            return await self._finish(upstream, attempt, parameters)
        except UpstreamError as error:
            raise _logged(upstream, error) from None

    async def _finish(self, upstream: Upstream, attempt: Attempt | None, parameters: Parameters) -> User:
        attempt = belonging(parameters, attempt, upstream.name, self._clock())
        until = attempt.started_at + 2 * LIFETIME
        if not await self._spent.spend_identifier(of_upstream_state(attempt.state), until):
            raise UpstreamError(UpstreamFailure.EXPIRED, "this answer was used before")
        code = code_of(parameters, await self._providers.metadata(upstream.issuer))
        answer = await self._providers.redeem(
            upstream, self._secret(upstream), code, attempt, self._redirect_uri(upstream)
        )
        person = await self._providers.person(upstream, answer, attempt, self._clock())
        user = await self._accounts.user(person)
        if user is None:
            user = await self._newcomer(upstream, person, answer)
        if user.locked:
            raise UpstreamError(UpstreamFailure.LOCKED, "the account is locked")
        return user

    async def _newcomer(self, upstream: Upstream, person: UpstreamUser, answer: Answer) -> User:
        if not upstream.creates_accounts:
            # An operator who wants to link the account needs to know which one it is.
            raise UpstreamError(
                UpstreamFailure.NO_ACCOUNT,
                f"nobody here signs in with the account {visible(person.subject, limit=255)}",
            )
        if not is_named(person):
            person = await self._providers.more_about(person, answer)
        user = await self._accounts.add(person)
        log.info("account made", upstream=upstream.name, user_id=user.user_id)
        return user

    def _redirect_uri(self, upstream: Upstream) -> str:
        return redirect_uri(self._public_url, upstream.name)

    def _secret(self, upstream: Upstream) -> Secret | None:
        try:
            return self._upstreams.secret_of(upstream)
        except UnreadableSecretError as error:
            raise UpstreamError(UpstreamFailure.UNAVAILABLE, str(error)) from None


def redirect_uri(public_url: str, name: str) -> str:
    """What an operator registers at the provider."""
    return f"{public_url}{CALLBACK}{name}"


def _logged(upstream: Upstream, error: UpstreamError) -> UpstreamError:
    tell = log.warning if error.failure in _TROUBLE else log.info
    tell("upstream sign-in ended", upstream=upstream.name, failure=error.failure.value, reason=error.reason)
    return error
