"""Builds one device from its parts; the only place that chooses transport, store and clock."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version

from pairgrant.clock import Clock, system_clock
from pairgrant.journal import Journal, systemd_notifier
from pairgrant.oauth.discovery import Discovery
from pairgrant.oauth.notice_board import NoticeBoard
from pairgrant.oauth.oauth_client import OAuthClient
from pairgrant.oauth.proxies import proxy_rules
from pairgrant.oauth.transport import Transport, http_client
from pairgrant.oauth.trusted_authorities import trusted_authorities
from pairgrant.providers.dialect import Dialect
from pairgrant.session.device_file import device_file
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import TokenStore, token_store
from pairgrant.settings import DeviceSettings
from pairgrant_protocol.messages import DeviceAuthorizationRequest
from pairgrant_protocol.secret import Secret


@dataclass(frozen=True, slots=True)
class Device:
    """The parts that commands and screens work with."""

    settings: DeviceSettings
    transport: Transport
    oauth_client: OAuthClient
    store: TokenStore
    clock: Clock
    journal: Journal | None = None

    @property
    def request(self) -> DeviceAuthorizationRequest:
        """The request of step (A), without what depends on how the pairing is shown."""
        settings = self.settings
        return DeviceAuthorizationRequest(
            client_id=settings.client_id,
            scope=settings.scope,
            device_name=settings.device_name,
            device_label=settings.device_label,
        )

    def stored_session(self) -> SignInSession | None:
        """The session of the stored tokens, if there are any."""
        return SignInSession.stored(
            server=self.oauth_client, store=self.store, clock=self.clock, key=self.transport.key
        )

    def session_to_end(self) -> SignInSession | None:
        """As ``stored_session``, also of tokens in a place that is not safe enough to use them from."""
        tokens = self.store.load_to_revoke()
        return None if tokens is None else self.session_of(tokens)

    def session_of(self, tokens: StoredTokens) -> SignInSession:
        """The session of tokens that are known already."""
        return SignInSession(
            tokens, server=self.oauth_client, store=self.store, clock=self.clock, key=self.transport.key
        )

    def beating(self) -> AbstractAsyncContextManager[None]:
        """Signs of life while a kiosk runs."""
        return nullcontext() if self.journal is None else self.journal.beating()

    async def notice_board(self) -> NoticeBoard | None:
        """The board at the server's first protected resource, if the metadata names one (RFC 9728 §4)."""
        resources = (await self.oauth_client.metadata()).protected_resources
        return NoticeBoard(self.transport, resource=resources[0]) if resources else None


@asynccontextmanager
async def open_device(
    settings: DeviceSettings,
    *,
    store: TokenStore | None = None,
    device_key: Callable[[], Awaitable[Secret]] | None = None,
) -> AsyncIterator[Device]:
    """A device with real parts, whose connections are closed at the end.

    ``store`` and ``device_key`` take the place of the files that ``settings`` name.

    Raises:
        DeviceSettingsError: the certificate authorities or a proxy can't be used.
    """
    clock = system_clock()
    agent = f"pairgrant/{version('pairgrant')}"
    authorities = trusted_authorities(settings.ca_file, os.environ)
    proxies = proxy_rules(os.environ)
    async with http_client(user_agent=agent, authorities=authorities, proxies=proxies) as client:
        transport = Transport(client)
        oauth_client = OAuthClient(
            transport,
            issuer=settings.issuer,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            device_key=(device_key or device_file(settings, clock).key) if settings.uses_dpop else None,
            discovery=Discovery(
                transport, issuer=settings.issuer, provider=settings.provider, given=settings.endpoints
            ),
            dialect=_dialect(settings),
        )
        try:
            yield Device(
                settings=settings,
                transport=transport,
                oauth_client=oauth_client,
                store=store or token_store(settings),
                clock=clock,
                journal=Journal(
                    clock,
                    settings.log_file,
                    settings.health_file,
                    systemd_notifier(os.environ.get("NOTIFY_SOCKET")),
                ),
            )
        finally:
            await oauth_client.leaving.settle()


def _dialect(settings: DeviceSettings) -> Dialect | None:
    if settings.provider is None:
        return None
    return Dialect(
        settings.provider,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        scope=settings.scope,
    )
