"""The OAuth endpoints as one raw ASGI app: which path and method goes where, and what every answer has in common."""

from collections.abc import Mapping

import structlog

from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.http.body_reader import BodyReader
from pairgrant_server.authorization_server.http.message import (
    WHOLE_BODY,
    ASGIApp,
    BodyTooLargeError,
    ClientGoneError,
    Endpoint,
    OAuthError,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    bounded,
    json_response,
)
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError, UnstorableError

log = structlog.get_logger()

_UNAVAILABLE = json_response(
    {"error": ErrorCode.TEMPORARILY_UNAVAILABLE, "error_description": "try again in a moment"},
    status=503,
    headers=((b"retry-after", b"2"), (b"cache-control", b"no-store")),
)


class AuthorizationServer:
    """Answers for exactly the paths it has; every failure is an error of the protocol, never a bare 500."""

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
        except OAuthError as error:
            response = error.response()
        except UnstorableError:
            response = _refusal(400, "the request holds a text that can't be kept")
        except BodyTooLargeError:
            response = _refusal(413, "the body is larger than 16 KiB", (b"connection", b"close"))
        except ClientGoneError:
            response = _refusal(408, "the body did not come in time", (b"connection", b"close"))
        except StoreUnavailableError as error:
            # One line: an outage means many.
            log.warning("database unavailable", path=scope["path"], reason=str(error))
            response = _UNAVAILABLE
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        await send({"type": "http.response.body", "body": response.body})


def _method_not_allowed(methods: Mapping[str, Endpoint]) -> Response:
    allow = ", ".join(sorted(methods))
    return _refusal(405, f"use {allow}", (b"allow", allow.encode()))


def _refusal(status: int, description: str, *headers: tuple[bytes, bytes]) -> Response:
    return OAuthError(ErrorCode.INVALID_REQUEST, description, status=status, headers=headers).response()


__all__ = ["ASGIApp", "AuthorizationServer"]
