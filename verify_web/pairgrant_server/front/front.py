"""The one ASGI app behind the port, for all of steps (A)-(F), which dispatches requests by path."""

from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from pairgrant_server.front.cross_origin import CrossOrigin
from pairgrant_server.front.static_files import StaticFiles

_NAVIGATED = frozenset({"/authorize", "/logout"})
"""Endpoints that a browser opens as pages."""


class Front:
    """Passes each request to the first app that has its path; lifespan and websockets belong to the site.

    ``is_resource(path)`` says which paths are the resource server's.
    """

    def __init__(
        self,
        *,
        authorization_server: ASGIApp,
        authorization_server_paths: frozenset[str],
        resource_server: ASGIApp,
        is_resource: Callable[[str], bool],
        static_files: StaticFiles,
        site: ASGIApp,
    ) -> None:
        self._authorization_server = CrossOrigin(authorization_server, closed=_NAVIGATED)
        self._authorization_server_paths = authorization_server_paths
        self._resource_server = CrossOrigin(resource_server)
        self._is_resource = is_resource
        self._static_files = static_files
        self.app = site

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """The chosen app's own coroutine: one more around it would cost a hundredth of a poll."""
        if scope["type"] != "http":
            return self.app(scope, receive, send)
        path: str = scope["path"]
        if path in self._authorization_server_paths:
            return self._authorization_server(scope, receive, send)
        return self._app_for(path)(scope, receive, send)

    def _app_for(self, path: str) -> ASGIApp:
        if self._is_resource(path):
            return self._resource_server
        if path in self._static_files:
            return self._static_files
        return self.app
