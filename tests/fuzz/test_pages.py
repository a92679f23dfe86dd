"""The site responds to any input with a page: no 500, no input as markup, and every security header."""

from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import IPv6Address
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import strategies as st

from pairgrant_protocol.messages import DeviceAuthorizationRequest
from pairgrant_protocol.user_code import normalize
from pairgrant_server.accounts.sessions import Sessions
from pairgrant_server.authorization_server.code_flow.logout_requests import LogoutRequest
from pairgrant_server.authorization_server.risk.evidence import CameFrom
from pairgrant_server.pages.pairing.consent_view import grant_mark
from pairgrant_server.pages.routes import _PAGES, POST_ROUTES
from tests.fuzz.grammar import every_draw
from tests.fuzz.sent import Sent
from tests.fuzz.spoiling import Spoiling, changes
from tests.fuzz.world import NOW, URL, World

Form = Mapping[str, str]

PASSWORD = "correct horse battery"
LEADS_ELSEWHERE = {"/signin/with/{name}"}
"""A good one asks another provider; tests/pages/upstream has that provider, and the bad ones."""
MARK = "<zzz>"
"""Where it comes back as it is, markup would."""


class Browser:
    """A session of the site, signed in as Alice or signed out."""

    def __init__(self, world: World, *, is_signed_in: bool = True) -> None:
        self.world = world
        self.sessions = Sessions(world.backend.store, world.backend.server_key, lambda: NOW)
        self.cookie = self.sessions.new_cookie()
        user = world.run(world.backend.store.user_by_name("alice"))
        assert user is not None
        self.user_id = user.user_id
        if is_signed_in:
            self.cookie = world.run(self.sessions.sign_in(self.cookie, user))
        world.secrets.append(self.cookie.reveal())

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        cookie = f"__Host-pairgrant={self.cookie.reveal()}"
        return (
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"origin", URL.encode()),
            (b"cookie", cookie.encode()),
        )

    def form(self, **fields: str) -> dict[str, str]:
        return {"csrf_token": self.sessions.csrf_token(self.cookie), **fields}


def code_entered(world: World) -> tuple[Browser, Form]:
    browser = Browser(world, is_signed_in=False)
    return browser, browser.form(user_code=world.codes()["user_code"])


def signing_in(world: World) -> tuple[Browser, Form]:
    browser = Browser(world, is_signed_in=False)
    return browser, browser.form(username="alice", password=PASSWORD, next="/board")


def consent(world: World) -> tuple[Browser, Form]:
    browser, code = Browser(world), normalize(world.codes()["user_code"])
    grant = world.run(world.backend.parts.device_flow.look_up(code))
    assert grant is not None
    world.run(browser.sessions.bind_grant(browser.cookie, grant.grant_id, code))
    return browser, browser.form(asked=grant_mark(grant), decision="approve", **{"optional email": "yes"})


def link_reported(world: World) -> tuple[Browser, Form]:
    """Of a sender on a network of its own, because three reports stop a sender."""
    browser, code = Browser(world, is_signed_in=False), normalize(world.codes()["user_code"])
    grant = world.run(world.backend.parts.device_flow.look_up(code))
    client = world.run(world.backend.store.client("app"))
    assert grant is not None
    assert client is not None
    links, address = world.backend.parts.opened_links, str(IPv6Address(grant.grant_id))
    wanted = DeviceAuthorizationRequest("app")
    code = normalize(world.run(world.backend.parts.device_flow.issue(client, wanted, (), address)).user_code)
    return browser, browser.form(opened=links.seal(browser.cookie, code, "ABCDEFGH", CameFrom.DIRECT))


def decided(**fields: str) -> Callable[[World], tuple[Browser, Form]]:
    def make(world: World) -> tuple[Browser, Form]:
        browser, form = consent(world)
        return browser, browser.form(asked=form["asked"], **fields)

    return make


def authorization(world: World) -> tuple[Browser, Form]:
    browser = Browser(world)
    reference = world.post("/par", world.authorization_request())["request_uri"].rpartition(":")[2]
    return browser, browser.form(request=reference, decision="approve", **{"optional email": "yes"})


def signing_out_for_a_client(world: World) -> tuple[Browser, Form]:
    browser = Browser(world)
    sealed = world.backend.parts.logouts.seal(
        LogoutRequest("app", browser.user_id, "https://app.example/?state=x")
    )
    return browser, browser.form(asked=sealed)


def revoking(world: World) -> tuple[Browser, Form]:
    browser = Browser(world)
    world.tokens()
    devices = world.run(world.backend.parts.devices.of_user(browser.user_id))
    return browser, browser.form(device_id=devices[0].device_id)


def renaming(world: World) -> tuple[Browser, Form]:
    browser, form = revoking(world)
    return browser, {**form, "name": "Kitchen", "was": ""}


def with_session(**fields: str) -> Callable[[World], tuple[Browser, Form]]:
    def make(world: World) -> tuple[Browser, Form]:
        browser = Browser(world)
        return browser, browser.form(**fields)

    return make


GOOD: dict[str, Callable[[World], tuple[Browser, Form]]] = {
    "/device": code_entered,
    "/signin": signing_in,
    "/signout": with_session(next="/signin"),
    "/consent": consent,
    "/undo": decided(),
    "/confirm": decided(reply="no"),
    "/report": link_reported,
    "/authorize/consent": authorization,
    "/logout/confirm": signing_out_for_a_client,
    "/devices/remove": revoking,
    "/devices/remove-all": with_session(),
    "/devices/revoke": revoking,
    "/devices/undo": revoking,
    "/devices/rename": renaming,
    "/board/add": with_session(text="Lunch at 12"),
    "/board/remove": with_session(notice_id="n1"),
    "/language": with_session(language="en", page="/board"),
    "/account": with_session(language="en", time_zone="Europe/Rome"),
}

WORDS = [
    *(
        "",
        " ",
        "\0",
        MARK,
        f'">{MARK}',
        f"'{MARK}",
        f"</script>{MARK}",
        "{{7*7}}",
        "{% x %}",
        "%00",
        "%",
        "é" * 200,
        "A" * 9000,
    ),
    *(
        "\r\nset-cookie: a=b",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "javascript:1",
        "/device",
    ),
    *(
        "WDJB-MJHT",
        "WDJBMJHT",
        "approve",
        "deny",
        "alice",
        "bob",
        PASSWORD,
        "\uff11\uff12\uff13",
        "\u202e",
        "\U0010ffff",
        "-1",
        "9" * 400,
    ),
]
NAMES = [
    "csrf_token",
    "user_code",
    "username",
    "password",
    "next",
    "request",
    "decision",
    "asked",
    "device_id",
    "text",
    "notice_id",
    *("again", "why", "opened", "number", "device_label", "reply", "missing", "type"),
]
TEXT = st.one_of(st.sampled_from(WORDS), st.text(max_size=30))
PAIRS = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), TEXT), TEXT), max_size=5)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [b"origin", b"cookie", b"content-type", b"sec-fetch-site", b"sec-purpose", b"host", b"referer"]
        ),
        st.one_of(
            st.sampled_from([b"null", b"__Host-pairgrant=x", b"https://evil.example", b"a=" + b"b" * 5000]),
            st.binary(max_size=30).map(lambda value: value.translate(None, b"\r\n\0")),
        ),
    ),
    max_size=2,
)


def check(world: World, sent: Sent) -> None:
    try:
        response = world.send(sent)
        assert response is not None
        assert response.status in {200, 303, 400, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429}, response
        assert (
            len(response.body) < 200_000 or sent.path == "/devices"
        )  # which is as long as there are devices
        assert MARK.encode() not in response.body
        if response.status == 303:
            location = response.header(b"location").decode("ascii")
            assert location.startswith(("https://app.example/", "/")), location
            assert not location.startswith(("//", "/\\"))
        elif sent.method != "HEAD":
            assert response.header(b"content-type") == b"text/html; charset=utf-8"
        assert response.header(b"content-security-policy")
        assert response.header(b"cache-control") == b"no-store"
        assert response.header(b"x-content-type-options") == b"nosniff"
        assert not [name for name, _ in response.headers if name.startswith(b"x-pairgrant")]
        world.nothing_went_wrong()
    except BaseException as error:
        error.add_note(repr(sent))
        raise


def test_every_form_has_a_good_submission() -> None:
    assert {route.path for route in POST_ROUTES} - LEADS_ELSEWHERE == GOOD.keys()


@pytest.mark.parametrize("path", GOOD)
def test_good_submissions_succeed(world: World, path: str) -> None:
    response = world.send(request_of(world, path))
    assert response is not None
    assert response.status == 303


@pytest.mark.parametrize("path", GOOD)
def test_random_forms_get_a_valid_page(world: World, path: str) -> None:
    """Good ones, spoiled."""

    def holds(spoils: list[tuple[Any, ...]]) -> None:
        spoiling = Spoiling(request_of(world, path))
        for kind, *how in spoils:
            spoiling.change(kind, *how)
        for _ in range(spoiling.times):
            check(world, spoiling.sent())

    every_draw(40, changes(st.one_of(st.sampled_from(NAMES), TEXT), TEXT, HEADERS), holds)


def request_of(world: World, path: str) -> Sent:
    browser, form = GOOD[path](world)
    return Sent("POST", path, b"", browser.headers, urlencode(form).encode())


def test_random_requests_get_a_valid_page(world: World) -> None:
    """Signed in or out, with any query, and with methods that the pages don't have."""
    alices, nobodys = Browser(world), Browser(world, is_signed_in=False)
    drawn = st.tuples(
        st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", ""]),
        st.sampled_from([alices.headers, nobodys.headers, ()]),
        PAIRS,
        # The HTTP parser lets no other bytes through.
        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=10),
    )

    def holds(path: str, drawn: Any) -> None:
        method, headers, pairs, rest = drawn
        query = urlencode(pairs, errors="surrogatepass").encode() + rest.encode()
        check(world, Sent(method, path, query, headers))

    for path in sorted(_PAGES):
        every_draw(12, drawn, partial(holds, path))


def test_random_paths_get_a_valid_page(world: World) -> None:
    """A code in the path, and paths that don't exist."""

    def holds(drawn: tuple[str, str]) -> None:
        prefix, text = drawn
        sent = Sent("GET", f"{prefix}{text}", headers=Browser(world, is_signed_in=False).headers)
        if sent.path not in world.paths and not sent.path.startswith("/board/"):
            check(world, sent)

    every_draw(
        80,
        st.tuples(st.sampled_from(["/D/", "/D/", "/", "/authorize/", "/device/", ""]), TEXT),
        holds,
    )
