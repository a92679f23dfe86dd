"""Where a request comes from: the peer of the connection, or what a trusted proxy says about it.

A request with forwarding headers from any other peer comes from an unknown network: the peer is a proxy that
the operator did not name, or somewhere a header was invented. Neither may pass for the person's own network.
"""

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from starlette.types import ASGIApp, Receive, Scope, Send

from pairgrant_server.authorization_server.http.message import FIELDS
from pairgrant_server.authorization_server.limits.network import network_of, unknown_address
from pairgrant_server.authorization_server.limits.trusted_proxies import TrustedProxies
from pairgrant_server.authorization_server.model.addresses import MAPPED_PREFIX, parsed_address
from pairgrant_server.security_events import SecurityEvent, emit

_FORWARDED_FOR = b"x-forwarded-for"
_FORWARDED_PROTO = b"x-forwarded-proto"
_FORWARDING = frozenset(
    {
        _FORWARDED_FOR,
        _FORWARDED_PROTO,
        b"cdn-loop",
        b"cf-connecting-ip",
        b"cf-connecting-ipv6",
        b"cf-ray",
        b"client-ip",
        b"fastly-client-ip",
        b"fly-client-ip",
        b"forwarded",
        b"forwarded-for",
        b"true-client-ip",
        b"via",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-envoy-external-address",
        b"x-forwarded",
        b"x-forwarded-client-cert",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-prefix",
        b"x-forwarded-scheme",
        b"x-forwarded-server",
        b"x-forwarded-ssl",
        b"x-original-forwarded-for",
        b"x-original-host",
        b"x-originating-ip",
        b"x-proxyuser-ip",
        b"x-real-ip",
        b"x-remote-addr",
        b"x-remote-ip",
        b"x-appengine-user-ip",
        b"x-azure-clientip",
    }
)
"""What proxies add: RFC 7239, RFC 9110 §7.6.3, RFC 8586, and what their vendors invented."""

_SCHEMES = {b"http": "http", b"https": "https", b"ws": "http", b"wss": "https"}


class Doubt(StrEnum):
    """Why the network of a caller is unknown."""

    UNTRUSTED_PROXY = (
        "a request has forwarding headers, but its sender is not in PAIRGRANT_TRUSTED_PROXIES; if it is your "
        "proxy, add its address there; until then a device without a key that loses a token response has to "
        "pair again"
    )
    SILENT_PROXY = (
        "a request from a sender in PAIRGRANT_TRUSTED_PROXIES names no caller; let the proxy set "
        "X-Forwarded-For"
    )


@dataclass(frozen=True, slots=True)
class Caller:
    """``scheme`` is None if no trusted proxy named one."""

    address: str
    scheme: str | None = None
    doubt: Doubt | None = None


def caller_of(peer: str, headers: Iterable[tuple[bytes, bytes]], proxies: TrustedProxies) -> Caller:
    """The caller of a request that arrived from ``peer``; header names are lower case."""
    found = [header for header in headers if header[0] in _FORWARDING]
    if proxies and peer in proxies:
        return _named_by_proxy(peer, found, proxies)
    if found:
        return Caller(unknown_address(network_of(peer)), doubt=Doubt.UNTRUSTED_PROXY)
    return Caller(str(parsed_address(peer) or peer))


def _named_by_proxy(peer: str, headers: list[tuple[bytes, bytes]], proxies: TrustedProxies) -> Caller:
    """Each proxy appends the address that it saw, so the last one that is no proxy of ours is the caller."""
    schemes = [_SCHEMES.get(value.strip().lower()) for name, value in headers if name == _FORWARDED_PROTO]
    scheme = schemes[-1] if schemes else None
    hops = _hops(headers)
    for index in reversed(range(len(hops))):
        address = _address(hops[index])
        if address is None:
            break
        if address not in proxies or index == 0:
            return Caller(address, scheme)
    return Caller(unknown_address(network_of(peer)), scheme, Doubt.SILENT_PROXY)


def _hops(headers: list[tuple[bytes, bytes]]) -> list[str]:
    values = [value.decode("latin-1") for name, value in headers if name == _FORWARDED_FOR]
    return [hop.strip() for hop in ",".join(values).split(",")] if values else []


def _address(hop: str) -> str | None:
    """The address in ``address``, ``ipv4:port``, ``[ipv6]`` or ``[ipv6]:port``; None for other texts."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    parsed = parsed_address(hop)
    return None if parsed is None else str(parsed)


class CallerAddress:
    """Sets ``client`` and ``scheme`` of each request; the first doubt of each kind is logged."""

    def __init__(self, app: ASGIApp, proxies: TrustedProxies) -> None:
        self.app = app
        self._proxies = proxies
        self._has_proxies = bool(proxies)
        self._logged: set[Doubt] = set()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # Nearly every poll without a proxy: nothing to determine, and a call would cost more than the look.
        if scope["type"] != "lifespan" and (
            self._has_proxies
            or (scope.get("client") or ("",))[0].startswith(MAPPED_PREFIX)
            or not _FORWARDING.isdisjoint(scope.get(FIELDS) or dict(scope["headers"]))
        ):
            self._determine(scope)
        return self.app(scope, receive, send)

    def _determine(self, scope: Scope) -> None:
        peer = (scope.get("client") or ("",))[0]
        caller = caller_of(peer, scope["headers"], self._proxies)
        if caller.address != peer:
            scope["client"] = (caller.address, 0)
        if caller.scheme is not None:
            is_socket = scope["type"] == "websocket"
            scope["scheme"] = caller.scheme.replace("http", "ws") if is_socket else caller.scheme
        if caller.doubt is not None and caller.doubt not in self._logged:
            self._logged.add(caller.doubt)
            emit(SecurityEvent.NETWORK_UNKNOWN, peer=peer, reason=str(caller.doubt))
