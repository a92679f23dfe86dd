"""The OAuth endpoints as one raw ASGI app: routes by path and method, and maps errors to responses."""

from collections.abc import Mapping

import structlog

from pairgrant_server.authorization_server.errors import ClientAuthenticationError, RateLimitExceededError
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
    WholeSend,
    bounded,
)
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.errors import PairgrantServerError
from pairgrant_server.request_id import HEADER, begin
from pairgrant_server.security_events import SecurityEvent, emit

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
        request_id = begin()
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
            _report(scope, error)
            response = error_response(error)
        headers = response.headers
        if request_id:
            headers = (*headers, (HEADER, request_id[0].encode()))
        send_whole: WholeSend | None = getattr(send, "send_whole", None)
        if send_whole is None or not send_whole(response.status, headers, response.body):
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            await send({"type": "http.response.body", "body": response.body})


def _report(scope: Scope, error: PairgrantServerError) -> None:
    """Write the security event of ``error``, if it has one."""
    if not isinstance(error, ClientAuthenticationError | RateLimitExceededError):
        return
    network = network_of((scope.get("client") or ("unknown",))[0])
    if isinstance(error, ClientAuthenticationError):
        emit(
            SecurityEvent.CLIENT_AUTHENTICATION_FAILED,
            network=network,
            client_id=error.client_id,
            reason=str(error),
        )
    else:
        emit(SecurityEvent.LIMIT_REACHED, network=network, limit=str(scope["path"]), reason=str(error))


def _method_not_allowed(methods: Mapping[str, Endpoint]) -> Response:
    allow = ", ".join(sorted(methods))
    return refusal(405, f"use {allow}", (b"allow", allow.encode()))


__all__ = ["ASGIApp", "AuthorizationServer"]
