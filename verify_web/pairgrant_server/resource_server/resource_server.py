"""The resource server, after step (F): a small API that verifies access tokens like a third party."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import httpx
import structlog

from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.clock import Clock, system_clock
from pairgrant_server.authorization_server.jose.dpop_proof import DPoPProof, DPoPProofError
from pairgrant_server.authorization_server.jose.seen_proofs import SeenProofs
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.request_id import HEADER, begin, made
from pairgrant_server.resource_server.access_tokens import AccessTokens, InvalidTokenError
from pairgrant_server.resource_server.challenge import Challenge, Credentials
from pairgrant_server.resource_server.http import (
    NO_STORE,
    NOSNIFF,
    DisconnectedError,
    Headers,
    Receive,
    ResourceError,
    ResourceRequest,
    ResourceResponse,
    Scope,
    Send,
    json_response,
    send_response,
)
from pairgrant_server.resource_server.issuer_keys import FETCH_EVERY, IssuerKeys, KeysUnavailableError
from pairgrant_server.resource_server.notice_boards import NoticeBoards
from pairgrant_server.resource_server.notice_endpoints import Endpoint, NoticeEndpoints
from pairgrant_server.resource_server.protected_resource import READ, WRITE, ProtectedResource

log = structlog.get_logger()

_RETRY_STORE_AFTER = 5
_METADATA_HEADERS: Headers = ((b"cache-control", b"public, max-age=300"),)


@dataclass(frozen=True, slots=True)
class _Protected:
    scope: str
    endpoint: Endpoint


_Methods = Mapping[str, _Protected | None]
"""The methods of a path; None stands for the public metadata document."""


class ResourceServer:
    """An ASGI app for HTTP; ``build_resource_server`` makes one."""

    def __init__(
        self,
        resource: ProtectedResource,
        tokens: AccessTokens,
        notices: NoticeEndpoints,
        mount_path: str,
        clock: Clock,
    ) -> None:
        self._resource = resource
        self._tokens = tokens
        self._notices = notices
        self._mount_path = mount_path
        self._challenge = Challenge(resource.metadata_url)
        self._clock = clock
        self._seen = SeenProofs()

    def serves(self, path: str) -> bool:
        """Whether a front should hand requests for ``path`` to this app."""
        return path == self._resource.metadata_path or path.startswith(self._mount_path + "/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError("the resource server speaks HTTP only")
        request = ResourceRequest.of(scope, receive)
        begin()
        try:
            response = await self._respond(request)
        except ResourceError as refused:
            response = refused.response()
        except KeysUnavailableError:
            response = _unavailable("the token can not be verified now", int(FETCH_EVERY))
        except StoreUnavailableError as error:
            log.warning("database unavailable", path=self._mount_path, reason=str(error))
            response = _unavailable("the board is temporarily unavailable", _RETRY_STORE_AFTER)
        except DisconnectedError:
            return
        if (identifier := made()) is not None:
            response = replace(response, headers=(*response.headers, (HEADER, identifier.encode())))
        await send_response(send, request, response)

    async def _respond(self, request: ResourceRequest) -> ResourceResponse:
        methods = self._methods(request.path)
        if methods is None:
            raise ResourceError(404, "not_found", "there is no resource at this address")
        allow = ((b"allow", _allow(methods)),)
        if request.method == "OPTIONS":
            return ResourceResponse(204, (*allow, *NOSNIFF, *NO_STORE))
        method = "GET" if request.method == "HEAD" else request.method
        if method not in methods:
            raise ResourceError(
                405, "invalid_request", "this address does not support that method", headers=allow
            )
        protected = methods[method]
        if protected is None:
            return json_response(self._resource.metadata(), headers=_METADATA_HEADERS)
        return await protected.endpoint(request, await self._user_id(request, protected.scope))

    def _methods(self, path: str) -> _Methods | None:
        if path == self._resource.metadata_path:
            return {"GET": None}
        notices = self._mount_path + "/notices"
        if path == notices:
            return {
                "GET": _Protected(READ, self._notices.read),
                "POST": _Protected(WRITE, self._notices.post),
            }
        if path.startswith(notices + "/"):
            remove = self._notices.remove(path.removeprefix(notices + "/"))
            return None if remove is None else {"DELETE": _Protected(WRITE, remove)}
        return None

    async def _user_id(self, request: ResourceRequest, scope: str) -> str:
        """The user whose board it is: the subject of the access token, which must have ``scope``."""
        presented = self._challenge.token(request)
        try:
            access = await self._tokens.verify(presented.token)
        except InvalidTokenError as invalid:
            raise self._challenge.invalid_token(str(invalid), is_dpop=presented.is_dpop) from None
        proved_jkt = self._proved_jkt(request, presented)
        if access.dpop_jkt != proved_jkt:  # RFC 9449 §7.1, §7.2
            description = _binding_mismatch(access.dpop_jkt, proved_jkt)
            raise self._challenge.invalid_token(description, is_dpop=presented.is_dpop)
        if scope not in access.scope:
            raise self._challenge.insufficient_scope(scope, is_dpop=presented.is_dpop)
        if access.subject == access.client_id:  # RFC 9068 §2.2: no user is involved
            raise self._challenge.invalid_token(
                "the access token was issued to a client without a user, and only users have a board",
                is_dpop=presented.is_dpop,
            )
        return access.subject

    def _proved_jkt(self, request: ResourceRequest, presented: Credentials) -> str | None:
        """The thumbprint of the key that the request proves; None for the scheme Bearer (RFC 9449 §4.3)."""
        if not presented.is_dpop:
            return None
        proofs = request.values(b"dpop")
        if len(proofs) != 1:
            raise self._challenge.invalid_dpop_proof("send exactly one DPoP header with the token")
        now = self._clock()
        url = self._resource.identifier + request.path.removeprefix(self._mount_path)
        try:
            proof = DPoPProof.read(
                proofs[0], method=request.method, url=url, now=now, access_token=presented.token
            )
        except DPoPProofError as error:
            raise self._challenge.invalid_dpop_proof(str(error)) from None
        if not self._seen.is_first(proof, now):
            raise self._challenge.invalid_dpop_proof("the proof was used before (jti)")
        return proof.jkt


def build_resource_server(
    *,
    issuer: str,
    resource: str,
    http: httpx.AsyncClient,
    board: NoticeBoards,
    mount_path: str | None = None,
    page: str | None = None,
    clock: Clock = system_clock,
    monotonic: Callable[[], float] = time.monotonic,
) -> ResourceServer:
    """The app for the resource identifier ``resource``, which accepts the tokens of ``issuer``.

    ``http`` fetches the issuer's documents, over the network or in process with ``httpx.ASGITransport``; the
    caller closes it. ``mount_path`` is the path of the API in ASGI; it differs from the path of ``resource``
    only behind a proxy that rewrites paths. ``page`` is the address where a person posts notices, if there is
    one.

    Raises:
        IssuerError, ResourceIdentifierError: the text says what to write instead.
    """
    named = ProtectedResource.named(resource, issuer)
    tokens = AccessTokens(named.issuer, named.identifier, IssuerKeys(named.issuer, http, monotonic), clock)
    mounted_at = named.path if mount_path is None else mount_path.rstrip("/")
    return ResourceServer(named, tokens, NoticeEndpoints(board, page), mounted_at, clock)


def _binding_mismatch(bound_jkt: str | None, proved_jkt: str | None) -> str:
    """Why a token bound to one key, or to none, does not fit the key that was proved."""
    if proved_jkt is None:
        return "the access token is bound to a key: send it with the scheme DPoP and a proof"
    if bound_jkt is None:
        return "the access token is not bound to a key: send it with the scheme Bearer"
    return "the access token is bound to another key than the one of the proof"


def _allow(methods: _Methods) -> bytes:
    implied = {"OPTIONS", "HEAD"} if "GET" in methods else {"OPTIONS"}
    return ", ".join(sorted({*methods, *implied})).encode()


def _unavailable(description: str, retry_after: int) -> ResourceResponse:
    headers = ((b"retry-after", b"%d" % retry_after),)
    return ResourceError(503, ErrorCode.TEMPORARILY_UNAVAILABLE, description, headers=headers).response()
