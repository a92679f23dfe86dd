"""The OAuth endpoints as one raw ASGI app: routes by path and method, and maps errors to responses."""

from collections.abc import Mapping

import structlog

from pairgrant_server.authorization_server.http.body_reader import BodyReader
from pairgrant_server.authorization_server.http.errors import MAPPED, error_response, refusal
from pairgrant_server.authorization_server.http.message import (
    WHOLE_BODY,
    ASGIApp,
    Endpoint,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    bounded,
)
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError

log = structlog.get_logger()


class AuthorizationServer:
    """Serves exactly its own paths; every expected failure is a protocol error, never a bare 500."""

    def __init__(
        self, routes: Mapping[str, Mapping[str, Endpoint]], *, bodies: BodyReader | None = None
    ) -> None:
        """``routes`` is path -> method -> endpoint; HEAD goes where GET goes."""
        self._routes = {
            path: {**methods, **({"HEAD": methods["GET"]} if "GET" in methods else {})}
            for path, methods in routes.items()
        }
        self._bodies = BodyReader() if bodies is None else bodies
        self.paths = frozenset(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request to a path of ``paths``."""
        methods = self._routes[scope["path"]]
        endpoint = methods.get(scope["method"])
        try:
            if endpoint is None:
                response = _method_not_allowed(methods)
            else:
                whole: bytes | None = scope.get(WHOLE_BODY)
                body = await self._bodies.read(receive) if whole is None else bounded(whole)
                response = await endpoint(Request(scope, body))
        except MAPPED as error:
            if isinstance(error, StoreUnavailableError):  # One line each: an outage means many.
                log.warning("database unavailable", path=scope["path"], reason=str(error))
            response = error_response(error)
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        await send({"type": "http.response.body", "body": response.body})


def _method_not_allowed(methods: Mapping[str, Endpoint]) -> Response:
    allow = ", ".join(sorted(methods))
    return refusal(405, f"use {allow}", (b"allow", allow.encode()))


__all__ = ["ASGIApp", "AuthorizationServer"]
