"""Where a request comes from: by the connection, by a trusted proxy, or unknown."""

from collections.abc import Iterable
from typing import Any

import pytest
from structlog.testing import capture_logs

from pairgrant_server.authorization_server.limits.trusted_proxies import TrustedProxies
from pairgrant_server.front.caller_address import Caller, CallerAddress, Doubt, caller_of

PROXIES = TrustedProxies.parse("10.0.0.1,10.0.1.0/24,127.0.0.1")
NONE = TrustedProxies()
PERSON = "203.0.113.9"


def headers(**values: str) -> list[tuple[bytes, bytes]]:
    lines = [(b"host", b"pair.example"), (b"accept", b"*/*")]
    return lines + [(name.replace("_", "-").encode(), value.encode()) for name, value in values.items()]


@pytest.mark.parametrize("proxies", [NONE, PROXIES])
def test_request_without_forwarding_headers_comes_from_its_peer(proxies: TrustedProxies) -> None:
    assert caller_of(PERSON, headers(), proxies) == Caller(PERSON)


@pytest.mark.parametrize(
    "lines",
    [
        {"x_forwarded_for": "192.0.2.7"},
        {"x_forwarded_for": ""},
        {"x_forwarded_proto": "https"},
        {"x_forwarded_host": "pair.example"},
        {"forwarded": "for=192.0.2.7"},
        {"x_real_ip": "192.0.2.7"},
        {"via": "1.1 squid"},
        {"true_client_ip": "192.0.2.7"},
        {"x_forwarded": "for=192.0.2.7"},
        {"x_forwarded_port": "443"},
        {"cf_connecting_ip": "192.0.2.7"},
        {"fastly_client_ip": "192.0.2.7"},
        {"x_cluster_client_ip": "192.0.2.7"},
        {"cdn_loop": "proxy"},
    ],
)
@pytest.mark.parametrize("proxies", [NONE, PROXIES])
def test_forwarding_header_of_an_untrusted_peer_makes_the_network_unknown(
    lines: dict[str, str], proxies: TrustedProxies
) -> None:
    caller = caller_of("198.51.100.1", headers(**lines), proxies)
    assert caller == Caller("unknown, perhaps 198.51.100.1", None, Doubt.UNTRUSTED_PROXY)


def test_invented_headers_give_a_stranger_no_second_count() -> None:
    invented = {caller_of(PERSON, headers(x_forwarded_for=f"192.0.2.{n}"), NONE).address for n in range(65)}
    assert len(invented) == 1


def test_proxy_of_this_machine_that_is_not_trusted_lets_no_one_choose_a_network() -> None:
    """It may pass on the header of its caller unchanged, as a bare ``proxy_pass`` does."""
    invented = [f"192.0.2.{n}, 203.0.113.{n}" for n in range(65)]
    found = {caller_of("127.0.0.1", headers(x_forwarded_for=text), NONE).address for text in invented}
    assert found == {"unknown, perhaps 127.0.0.1"}


@pytest.mark.parametrize(
    ("forwarded_for", "address"),
    [
        ([PERSON], PERSON),
        ([f"192.0.2.7, {PERSON}"], PERSON),
        ([f"{PERSON}, 10.0.1.7"], PERSON),
        (["192.0.2.7", PERSON], PERSON),
        (["10.0.1.7"], "10.0.1.7"),
        ([f"{PERSON}:4711"], PERSON),
        (["[2001:db8::7]:4711"], "2001:db8::7"),
        (["2001:DB8:0::7"], "2001:db8::7"),
        ([f"::ffff:{PERSON}"], PERSON),
    ],
)
@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1"])
def test_trusted_proxy_names_the_caller(peer: str, forwarded_for: Iterable[str], address: str) -> None:
    lines = [(b"x-forwarded-for", text.encode()) for text in forwarded_for]
    assert caller_of(peer, lines, PROXIES) == Caller(address)


@pytest.mark.parametrize("lines", [{}, {"x_forwarded_for": ""}, {"x_forwarded_for": f"{PERSON}, nginx"}])
def test_trusted_proxy_that_names_no_address_makes_the_network_unknown(lines: dict[str, str]) -> None:
    caller = caller_of("10.0.0.1", headers(**lines), PROXIES)
    assert caller == Caller("unknown, perhaps 10.0.0.1", None, Doubt.SILENT_PROXY)


async def scope_behind(app: CallerAddress, scope: dict[str, Any]) -> dict[str, Any]:
    await app({"type": "http", "scheme": "http", **scope}, None, None)  # type: ignore[arg-type]
    return seen[-1]


seen: list[dict[str, Any]] = []


async def note(scope: Any, _receive: Any, _send: Any) -> None:
    seen.append(scope)


@pytest.mark.parametrize(
    ("kind", "proto", "scheme"),
    [("http", "https", "https"), ("websocket", "https", "wss"), ("http", "gopher", "http")],
)
async def test_scheme_is_the_one_that_a_trusted_proxy_names(kind: str, proto: str, scheme: str) -> None:
    scope = {
        "type": kind,
        "client": ("10.0.0.1", 5),
        "headers": headers(x_forwarded_for=PERSON, x_forwarded_proto=proto),
    }
    found = await scope_behind(CallerAddress(note, PROXIES), scope)
    assert (found["client"][0], found["scheme"]) == (PERSON, scheme)


async def test_scheme_of_an_untrusted_peer_is_not_taken() -> None:
    scope = {"client": (PERSON, 5), "headers": headers(x_forwarded_proto="https")}
    assert (await scope_behind(CallerAddress(note, PROXIES), scope))["scheme"] == "http"


async def test_each_reason_for_an_unknown_network_is_logged_once_with_the_setting() -> None:
    app = CallerAddress(note, PROXIES)
    with capture_logs() as logs:
        for peer in (PERSON, "10.0.0.1", PERSON, "10.0.0.1"):
            lines = headers(x_forwarded_for="-") if peer == PERSON else headers()
            await scope_behind(app, {"client": (peer, 5), "headers": lines})
    assert [(line["event"], line["log_level"], line["peer"]) for line in logs] == [
        ("network.unknown", "warning", PERSON),
        ("network.unknown", "warning", "10.0.0.1"),
    ]
    assert all("PAIRGRANT_TRUSTED_PROXIES" in line["reason"] for line in logs)


async def test_caller_without_an_address_stays_unknown() -> None:
    assert (await scope_behind(CallerAddress(note, NONE), {"client": None, "headers": headers()}))[
        "client"
    ] is None


@pytest.mark.parametrize("proxies", [NONE, PROXIES])
async def test_caller_of_a_socket_for_both_versions_has_its_ipv4_address(proxies: TrustedProxies) -> None:
    scope = {"client": (f"::ffff:{PERSON}", 5), "headers": headers()}
    assert (await scope_behind(CallerAddress(note, proxies), scope))["client"][0] == PERSON
