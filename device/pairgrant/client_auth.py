"""The tokens of a sign-in as httpx authentication: refreshed when due, and proved where they need it."""

from collections.abc import AsyncGenerator, Generator
from http import HTTPStatus

import httpx

from pairgrant.oauth.dpop_key import DPoPKey
from pairgrant.session.sign_in_session import SignInSession
from pairgrant_protocol.secret import Secret


class TokenAuth(httpx.Auth):
    """Sends the access token with each request of an ``httpx.AsyncClient``.

    A response 401 is tried once more with a new token, and once with the nonce that the server requires in
    the proof (RFC 9449 §9). ``SyncClient`` has one for ``httpx.Client``; ``headers`` is for other libraries.
    """

    def __init__(self, session: SignInSession, key: DPoPKey) -> None:
        self._session = session
        self._key = key

    @property
    def can_refresh(self) -> bool:
        """Whether there is a refresh token."""
        return self._session.can_refresh

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send ``request``, and send it again where another token or proof may be accepted.

        Raises:
            SignInEndedError: the sign-in has ended.
            PairgrantError: there is no valid token now.
        """
        token = await self.token()
        response = yield self.signed(request, token)
        if self.wants_nonce(request, response):
            response = yield self.signed(request, token)
        if response.status_code == HTTPStatus.UNAUTHORIZED and self.can_refresh:
            yield self.signed(request, await self.token(unless=token))

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Refuse an ``httpx.Client``, which has no event loop.

        Raises:
            RuntimeError: always.
        """
        del request
        raise RuntimeError("This is for an httpx.AsyncClient. Use pairgrant.SyncClient for an httpx.Client.")

    async def token(self, *, unless: Secret | None = None) -> Secret:
        """A valid access token; ``unless`` is one that was rejected.

        Raises:
            SignInEndedError: the sign-in has ended.
            PairgrantError: there is no valid token now.
        """
        if unless is not None:
            await self._session.refresh(unless_newer_than=unless)
        return await self._session.access_token()

    async def headers(self, method: str, url: str) -> dict[str, str]:
        """The header fields of one request, for another library than httpx.

        Raises:
            PairgrantError: as ``token``.
        """
        return self._key.headers(method, url, await self.token())

    def signed(self, request: httpx.Request, token: Secret) -> httpx.Request:
        """``request`` with the token and its proof."""
        request.headers.update(self._key.headers(request.method, str(request.url), token))
        return request

    def wants_nonce(self, request: httpx.Request, response: httpx.Response) -> bool:
        """Whether the request failed only because its proof lacks a nonce, which the next one will have."""
        is_new = self._key.note_response(
            str(request.url), response.headers.get("DPoP-Nonce"), response.headers.get("Date")
        )
        challenge = response.headers.get("WWW-Authenticate", "")
        is_asked = response.status_code == HTTPStatus.UNAUTHORIZED and 'error="use_dpop_nonce"' in challenge
        return is_new and is_asked
