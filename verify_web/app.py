"""The composition root: the only place that knows every part of the server, for all of steps (A)-(F)."""

import httpx
from starlette.types import ASGIApp

from verify_web.accounts.known_browsers import KnownBrowsers
from verify_web.accounts.sessions import Sessions
from verify_web.accounts.upstream.accounts import AccountsElsewhere
from verify_web.accounts.upstream.provider_http import Connect, ProviderHttp, connect
from verify_web.accounts.upstream.providers import Providers
from verify_web.accounts.upstream.sign_in import UpstreamSignIn
from verify_web.accounts.upstream.upstreams import Upstreams
from verify_web.authorization_server.clock import Clock, system_clock
from verify_web.authorization_server.rate import RateLimit
from verify_web.backend import Backend
from verify_web.front.access_log import AccessLog
from verify_web.front.front import Front
from verify_web.front.gate import Gate
from verify_web.front.open_sockets import OpenSockets
from verify_web.front.origins import origin_of
from verify_web.front.security_headers import SecurityHeaders
from verify_web.front.sibling_sockets import SiblingSockets
from verify_web.front.static_files import StaticFiles
from verify_web.front.worker import Worker
from verify_web.pages.assets import static_files
from verify_web.pages.nicegui_site import SOCKET_PATH, NiceGuiSite
from verify_web.pages.problems import refusals
from verify_web.pages.routes import methods_of
from verify_web.pages.site import Site
from verify_web.resource_server.app import build_resource_server

PAGES_PER_MINUTE = 300
"""For one network, which may be an office or a school."""


def build_app(
    backend: Backend,
    *,
    clock: Clock = system_clock,
    pages_per_minute: int = PAGES_PER_MINUTE,
    worker: Worker | None = None,
    connect_upstream: Connect = connect,
) -> ASGIApp:
    """Everything behind the one port; ``worker`` says which one this is, where several processes share it.

    ``connect_upstream`` leads to the providers at which people may sign in.
    """
    settings, parts = backend.settings.for_server(), backend.parts
    origin = origin_of(settings.public_url) or settings.public_url
    sessions = Sessions(backend.store, backend.server_key, clock)
    site = Site(
        public_url=settings.public_url,
        clients=parts.clients,
        grants=parts.grants,
        authorizations=parts.authorizations,
        logouts=parts.logouts,
        devices=parts.devices,
        code_attempts=parts.code_attempts,
        sign_in_attempts=parts.sign_in_attempts,
        people=backend.people,
        sessions=sessions,
        known_browsers=KnownBrowsers(backend.server_key, clock),
        upstream_sign_in=UpstreamSignIn(
            upstreams=Upstreams(backend.store, backend.server_key, clock),
            accounts=AccountsElsewhere(backend.store, clock),
            providers=Providers(ProviderHttp(connect_upstream)),
            sessions=sessions,
            spent=backend.store,
            public_url=settings.public_url,
            clock=clock,
        ),
        board=backend.board,
        clock=clock,
    )
    pages: ASGIApp = NiceGuiSite(site, worker_number=None if worker is None else worker.number)
    gate = Gate(
        pages if worker is None else SiblingSockets(pages, worker),
        origin=origin,
        methods_of=methods_of,
        socket_path=SOCKET_PATH,
        answers=refusals(settings.public_url),
        rate=RateLimit(pages_per_minute, clock),
        sockets=OpenSockets(),
    )
    resource_server = build_resource_server(
        issuer=settings.public_url,
        resource=settings.resource,
        # In process: no socket is opened, so there is nothing to close.
        http=httpx.AsyncClient(transport=httpx.ASGITransport(parts.endpoints)),
        board=backend.board,
        clock=clock,
    )
    return Front(
        authorization_server=parts.endpoints,
        authorization_server_paths=parts.endpoints.paths,
        resource_server=resource_server,
        is_resource=lambda path: not methods_of(path) and resource_server.serves(path),
        static_files=StaticFiles(static_files()),
        site=AccessLog(SecurityHeaders(gate, origin=origin)),
    )
