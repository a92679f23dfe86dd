"""The library without ``await``, for scripts: the event loop runs in a thread of its own."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from http import HTTPStatus
from os import PathLike
from types import TracebackType
from typing import Self

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from pairgrant.client import Client
from pairgrant.client_auth import TokenAuth
from pairgrant.client_pairing import Pairing
from pairgrant.events import PairingEvent
from pairgrant.oauth.resource_responses import UserInfo
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import TokenStore
from pairgrant_protocol.secret import Secret


class SyncClient:
    """As ``Client``, with the same arguments and errors."""

    def __init__(
        self,
        issuer: str | None = None,
        client_id: str = "",
        *,
        provider: str | None = None,
        provider_variables: Mapping[str, str] | None = None,
        scope: str = "",
        client_secret: str | None = None,
        storage: TokenStore | PathLike[str] | str | None = None,
        device_name: str | None = None,
        ca_file: PathLike[str] | str | None = None,
        uses_dpop: bool = True,
    ) -> None:
        """Check the settings; the network is used only inside ``with``.

        Raises:
            DeviceSettingsError: a setting can't be used; the message names it as the option of the command.
        """
        self._client = Client(
            issuer,
            client_id,
            provider=provider,
            provider_variables=provider_variables,
            scope=scope,
            client_secret=client_secret,
            storage=storage,
            device_name=device_name,
            ca_file=ca_file,
            uses_dpop=uses_dpop,
        )
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None

    def __enter__(self) -> Self:
        if self._portal is not None:
            raise RuntimeError("This client is already open: make another one.")
        with ExitStack() as opening:
            portal = opening.enter_context(start_blocking_portal("asyncio"))
            opening.enter_context(portal.wrap_async_context_manager(self._client))
            self._stack, self._portal = opening.pop_all(), portal
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._portal = None
        self._stack.close()

    @property
    def _opened(self) -> BlockingPortal:
        if self._portal is None:
            raise RuntimeError("This client is not open: use it inside `with SyncClient(...) as client`.")
        return self._portal

    def stored_tokens(self) -> StoredTokens | None:
        """As ``Client.stored_tokens``."""
        return self._opened.call(self._client.stored_tokens)

    @contextmanager
    def pair(self, *, shows_number: bool = False) -> Iterator["SyncPairing"]:
        """As ``Client.pair``; a return PIN can't be given."""
        portal = self._opened
        with portal.wrap_async_context_manager(self._client.pair(shows_number=shows_number)) as pairing:
            yield SyncPairing(portal, pairing)

    def auth(self, tokens: StoredTokens | None = None) -> "SyncTokenAuth":
        """As ``Client.auth``, for an ``httpx.Client``."""
        portal = self._opened
        return SyncTokenAuth(portal, portal.call(self._client.auth, tokens))

    def userinfo(self, tokens: StoredTokens | None = None) -> UserInfo:
        """As ``Client.userinfo``."""
        return self._opened.call(self._client.userinfo, tokens)

    def sign_out(self, tokens: StoredTokens | None = None) -> None:
        """As ``Client.sign_out``."""
        self._opened.call(self._client.sign_out, tokens)


class SyncPairing:
    """As ``Pairing``."""

    user_code: str
    verification_uri: str
    verification_uri_complete: str | None
    expires_in: int

    def __init__(self, portal: BlockingPortal, pairing: Pairing) -> None:
        self._portal = portal
        self._pairing = pairing
        self.user_code = pairing.user_code
        self.verification_uri = pairing.verification_uri
        self.verification_uri_complete = pairing.verification_uri_complete
        self.expires_in = pairing.expires_in

    def tokens(self) -> StoredTokens:
        """As ``Pairing.tokens``."""
        return self._portal.call(self._pairing.tokens)

    def events(self) -> Iterator[PairingEvent]:
        """As ``Pairing.events``."""
        while (event := self._portal.call(self._pairing.next_event)) is not None:
            yield event


class SyncTokenAuth(httpx.Auth):
    """As ``TokenAuth``, for an ``httpx.Client``."""

    def __init__(self, portal: BlockingPortal, auth: TokenAuth) -> None:
        self._portal = portal
        self._auth = auth

    def token(self) -> Secret:
        """As ``TokenAuth.token``."""
        return self._portal.call(self._auth.token)

    def headers(self, method: str, url: str) -> dict[str, str]:
        """As ``TokenAuth.headers``."""
        return self._portal.call(self._auth.headers, method, url)

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """As ``TokenAuth.async_auth_flow``."""
        auth, portal = self._auth, self._portal
        token = portal.call(auth.token)
        response = yield auth.signed(request, token)
        if auth.wants_nonce(request, response):
            response = yield auth.signed(request, token)
        if response.status_code == HTTPStatus.UNAUTHORIZED and auth.can_refresh:
            yield auth.signed(request, portal.call(partial(auth.token, unless=token)))
