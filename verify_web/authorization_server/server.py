"""The OAuth endpoints as one raw ASGI app: which path and method goes where, and what every answer has in common."""

from collections.abc import Mapping

import structlog

from shared.vocabulary import ErrorCode
from verify_web.authorization_server.http import (
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
    json_response,
    read_body,
    send_response,
)
from verify_web.authorization_server.store.interface import StoreUnavailableError, UnstorableError

log = structlog.get_logger()

_ANY_ADDRESS = ("unknown", 0)


class AuthorizationServer:
    """Answers for exactly the paths it has; every failure is an error of the protocol, never a bare 500."""

    def __init__(self, routes: Mapping[str, Mapping[str, Endpoint]]) -> None:
        """``routes`` is path -> method -> endpoint; HEAD goes where GET goes."""
        self._routes = {
            path: {**methods, **({"HEAD": methods["GET"]} if "GET" in methods else {})}
            for path, methods in routes.items()
        }
        self.paths = frozenset(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request to a path of ``paths``."""
        methods = self._routes[scope["path"]]
        endpoint = methods.get(scope["method"])
        if endpoint is None:
            allow = ", ".join(sorted(methods)).encode()
            await send_response(send, _refusal(405, f"use {allow.decode()}", (b"allow", allow)))
            return
        try:
            body = await read_body(receive)
        except BodyTooLargeError:
            await send_response(
                send, _refusal(413, "the body is larger than 16 KiB", (b"connection", b"close"))
            )
            return
        except ClientGoneError:
            await send_response(
                send, _refusal(408, "the body did not come in time", (b"connection", b"close"))
            )
            return
        address = (scope.get("client") or _ANY_ADDRESS)[0]
        request = Request(scope["method"], scope["query_string"], address, body, scope["headers"])
        await send_response(send, await _answered(endpoint, request, scope["path"]))


async def _answered(endpoint: Endpoint, request: Request, path: str) -> Response:
    try:
        return await endpoint(request)
    except OAuthError as error:
        return error.response()
    except UnstorableError:
        return OAuthError(ErrorCode.INVALID_REQUEST, "the request holds a text that can't be kept").response()
    except StoreUnavailableError as error:
        log.warning("database unavailable", path=path, reason=str(error))  # one line: an outage means many
        return json_response(
            {"error": ErrorCode.TEMPORARILY_UNAVAILABLE, "error_description": "try again in a moment"},
            status=503,
            headers=((b"retry-after", b"2"), (b"cache-control", b"no-store")),
        )


def _refusal(status: int, description: str, header: tuple[bytes, bytes]) -> Response:
    return OAuthError(ErrorCode.INVALID_REQUEST, description, status=status, headers=(header,)).response()


__all__ = ["ASGIApp", "AuthorizationServer"]
