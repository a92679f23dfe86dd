"""The composition root: the only place that knows every part of the server, for steps (A) to (F)."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
from starlette.types import ASGIApp

from pairgrant_server.accounts.known_browsers import KnownBrowsers
from pairgrant_server.accounts.sessions import Sessions
from pairgrant_server.accounts.upstream.provider_http import Connect, ProviderHttp, connect
from pairgrant_server.accounts.upstream.providers import Providers
from pairgrant_server.accounts.upstream.upstream_accounts import UpstreamAccounts
from pairgrant_server.accounts.upstream.upstream_sign_in import UpstreamSignIn
from pairgrant_server.accounts.upstream.upstreams import Upstreams
from pairgrant_server.authorization_server.clock import Clock, system_clock
from pairgrant_server.backend import Backend
from pairgrant_server.front.access_log import AccessLog
from pairgrant_server.front.front import Front
from pairgrant_server.front.gate import Gate
from pairgrant_server.front.open_sockets import OpenSockets
from pairgrant_server.front.origins import origin_of
from pairgrant_server.front.page_budget import PageBudget
from pairgrant_server.front.page_language import PageLanguage
from pairgrant_server.front.page_turns import PageTurns
from pairgrant_server.front.plain_cookies import PlainCookies
from pairgrant_server.front.security_headers import SecurityHeaders
from pairgrant_server.front.sibling_sockets import SiblingSockets
from pairgrant_server.front.static_files import StaticFiles
from pairgrant_server.front.worker import Worker
from pairgrant_server.pages.nicegui_site import SOCKET_PATH, NiceGuiSite
from pairgrant_server.pages.routes import methods_of
from pairgrant_server.pages.site.assets import static_files
from pairgrant_server.pages.site.error_pages import refusals
from pairgrant_server.pages.site.flash import Flashes
from pairgrant_server.pages.site.look import look_of
from pairgrant_server.pages.site.site import Site
from pairgrant_server.resource_server.resource_server import build_resource_server
from pairgrant_server.time_zones import time_zone_of
from pairgrant_server.translation import with_own_texts

PAGES_PER_MINUTE = 3600
"""Limit for one network, such as a school: 300 people who all pair in one minute make nine requests each."""


def build_app(
    backend: Backend,
    *,
    clock: Clock = system_clock,
    pages_per_minute: int = PAGES_PER_MINUTE,
    worker: Worker | None = None,
    connect_upstream: Connect = connect,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> ASGIApp:
    """Everything behind the one port. ``worker`` is this process, if several share the port.

    ``connect_upstream`` makes the connections to upstream providers; ``pause`` waits for a limit's delay.
    """
    settings, parts = backend.settings.for_server(), backend.parts
    origin = origin_of(settings.public_url) or settings.public_url
    sessions = Sessions(backend.store, backend.server_key, clock)
    known_browsers = KnownBrowsers(backend.server_key, clock)
    site = Site(
        public_url=settings.public_url,
        clients=parts.clients,
        scopes=parts.scopes,
        device_flow=parts.device_flow,
        decisions=parts.decisions,
        reports=parts.reports,
        opened_links=parts.opened_links,
        code_flow=parts.code_flow,
        logouts=parts.logouts,
        devices=parts.devices,
        removals=parts.removals,
        device_history=parts.device_history,
        device_lists=parts.device_lists,
        device_keys=parts.device_keys,
        code_attempts=parts.code_attempts,
        sign_in_attempts=parts.sign_in_attempts,
        people=backend.people,
        sessions=sessions,
        known_browsers=known_browsers,
        flashes=Flashes(backend.server_key, is_https=settings.public_url.startswith("https:")),
        upstream_sign_in=UpstreamSignIn(
            upstreams=Upstreams(backend.store, backend.server_key, clock),
            accounts=UpstreamAccounts(backend.store, clock),
            providers=Providers(ProviderHttp(connect_upstream)),
            sessions=sessions,
            spent=backend.store,
            public_url=settings.public_url,
            clock=clock,
        ),
        board=backend.board,
        places=parts.places,
        clock=clock,
        look=look_of(backend.settings.brand),
        pause=pause,
    )
    pages: ASGIApp = NiceGuiSite(site, worker_number=None if worker is None else worker.number)
    gate = Gate(
        pages if worker is None else SiblingSockets(pages, worker),
        origin=origin,
        methods_of=methods_of,
        socket_path=SOCKET_PATH,
        responses=refusals(site),
        budget=PageBudget(
            pages_per_minute,
            clock,
            known_browser=lambda cookies: known_browsers.recognized(
                cookies.get(site.known_browser_cookie_name)
            ),
        ),
        sockets=OpenSockets(),
    )
    own_texts = site.look.brand.texts
    languages = PageLanguage(
        gate,
        cookie_name=site.language_cookie_name,
        time_zone=time_zone_of(backend.settings.time_zone),
        own_catalogues=with_own_texts(own_texts.of) if own_texts.by_language else None,
    )
    resource_server = build_resource_server(
        issuer=settings.public_url,
        resource=settings.resource,
        # In process: no socket is opened, so there is nothing to close.
        http=httpx.AsyncClient(transport=httpx.ASGITransport(parts.endpoints)),
        board=backend.board,
        page=f"{settings.public_url}/board",
        clock=clock,
    )
    return Front(
        authorization_server=parts.endpoints,
        authorization_server_paths=parts.endpoints.paths,
        resource_server=resource_server,
        is_resource=lambda path: not methods_of(path) and resource_server.serves(path),
        static_files=StaticFiles({**static_files(), **site.look.files}),
        site=AccessLog(PageTurns(SecurityHeaders(PlainCookies(languages), origin=origin))),
    )
