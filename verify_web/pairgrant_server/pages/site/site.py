"""The services that every page works with, and the public URL of the site."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.requests import Request

from pairgrant_server.accounts.known_browsers import KnownBrowsers
from pairgrant_server.accounts.people import People
from pairgrant_server.accounts.sessions import Sessions
from pairgrant_server.accounts.upstream.upstream_sign_in import UpstreamSignIn
from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.clients.defined_scopes import DefinedScopes
from pairgrant_server.authorization_server.clients.device_keys import DeviceKeys
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.code_flow.code_flow import CodeFlow
from pairgrant_server.authorization_server.code_flow.logout_requests import LogoutRequests
from pairgrant_server.authorization_server.device_flow.device_flow import DeviceFlow
from pairgrant_server.authorization_server.device_flow.opened_link import OpenedLinks
from pairgrant_server.authorization_server.device_flow.pairing_decisions import PairingDecisions
from pairgrant_server.authorization_server.device_flow.pairing_reports import PairingReports
from pairgrant_server.authorization_server.http.body_reader import BodyReader
from pairgrant_server.authorization_server.limits.code_attempts import CodeAttempts
from pairgrant_server.authorization_server.limits.sign_in_attempts import SignInAttempts
from pairgrant_server.authorization_server.places.places import Places
from pairgrant_server.authorization_server.tokens.connected_devices import ConnectedDevices
from pairgrant_server.authorization_server.tokens.device_history import DeviceHistory
from pairgrant_server.authorization_server.tokens.device_lists import DeviceLists
from pairgrant_server.authorization_server.tokens.device_removals import DeviceRemovals
from pairgrant_server.brand.brand import Brand
from pairgrant_server.pages.site.flash import Flashes
from pairgrant_server.pages.site.look import Look, look_of
from pairgrant_server.resource_server.notice_boards import NoticeBoards

SITE = "pairgrant.site"
"""Key of the ASGI scope: the services are in each request, because NiceGUI has one app in a process."""

COOKIES = "pairgrant.cookies"
"""Key of the ASGI scope: a list for the values of ``Set-Cookie`` that any response to the request gets."""


COOKIES = "pairgrant.cookies"
"""Key of the ASGI scope: a list for the values of ``Set-Cookie`` that any response to the request gets."""


@dataclass(frozen=True, slots=True)
class Site:
    """``public_url`` is the one URL that people use; ``live_clients`` limits live pages, to save memory.

    ``pause`` waits for the delay of a look-up.
    """

    public_url: str
    clients: Clients
    scopes: DefinedScopes
    device_flow: DeviceFlow
    decisions: PairingDecisions
    reports: PairingReports
    opened_links: OpenedLinks
    code_flow: CodeFlow
    logouts: LogoutRequests
    devices: ConnectedDevices
    removals: DeviceRemovals
    device_history: DeviceHistory
    device_lists: DeviceLists
    device_keys: DeviceKeys
    code_attempts: CodeAttempts
    sign_in_attempts: SignInAttempts
    people: People
    sessions: Sessions
    known_browsers: KnownBrowsers
    flashes: Flashes
    upstream_sign_in: UpstreamSignIn
    board: NoticeBoards
    places: Places
    clock: Clock
    look: Look = field(default_factory=lambda: look_of(Brand()))
    live_clients: int = 1000
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    bodies: BodyReader = field(default_factory=BodyReader)

    @property
    def cookie_name(self) -> str:
        """``__Host-`` binds the cookie to this host; browsers accept it over https only."""
        return "__Host-pairgrant" if self.is_https else "pairgrant"

    @property
    def known_browser_cookie_name(self) -> str:
        return f"{self.cookie_name}-known"

    @property
    def host_name(self) -> str:
        """Without the port."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def language_cookie_name(self) -> str:
        return f"{self.cookie_name}-language"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https:")


def site_of(request: Request) -> Site:
    site: Site = request.scope[SITE]
    return site
