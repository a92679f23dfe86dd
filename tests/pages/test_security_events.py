"""Security events: each word of the vocabulary is written by a real request, without a secret."""

import asyncio
import json
import logging
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

import pairgrant_server
from pairgrant_server.authorization_server.clients.private_key_jwt import ASSERTION_TYPE
from pairgrant_server.authorization_server.device_flow.approval import ApprovalRefusedError
from pairgrant_server.authorization_server.device_flow.grant_secrets import GrantSecrets
from pairgrant_server.authorization_server.device_flow.viewer import Viewer
from pairgrant_server.authorization_server.limits.code_attempts import PER_NETWORK
from pairgrant_server.authorization_server.limits.trusted_proxies import TrustedProxies
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.front.caller_address import CallerAddress
from pairgrant_server.log_lines import with_request_id
from pairgrant_server.logs import JsonFormatter, RequestIdFilter, configure_logging
from pairgrant_server.request_id import begin, made, request_id
from pairgrant_server.security_events import SecurityEvent
from tests.pages.site_under_test import Browser, Pairing, SiteUnderTest, leads_to

NETWORK = "203.0.113.5"


def lines_of(logs: Any, event: SecurityEvent) -> list[dict[str, Any]]:
    return [line for line in logs if line["event"] == event]


async def wrong_password(site: SiteUnderTest, browser: Browser) -> None:
    await browser.sign_in("alice", "a wrong passphrase")


async def right_password(site: SiteUnderTest, browser: Browser) -> None:
    await browser.sign_in()


async def wrong_code(site: SiteUnderTest, browser: Browser) -> None:
    await browser.enter("BBBB-BBBB")


async def too_many_codes(site: SiteUnderTest, browser: Browser) -> None:
    for _ in range(PER_NETWORK + 1):
        await browser.enter("BBBB-BBBB")


async def wrong_client_secret(site: SiteUnderTest, browser: Browser) -> None:
    form = {"grant_type": "refresh_token", "client_id": "lobby-tv", "client_secret": "a wrong passphrase"}
    response = await browser.http.post("/token", data=form)
    assert response.status_code == 401


async def refused_start(site: SiteUnderTest, browser: Browser) -> None:
    await _with_policy(site, ClientPolicy(trusted_networks=("192.0.2.0/24",)))
    response = await browser.http.post("/device_authorization", data={"client_id": "lobby-tv"})
    assert response.json()["error"] == "unauthorized_client"


async def decision(site: SiteUnderTest, browser: Browser) -> None:
    pairing = await site.start_pairing()
    await browser.sign_in()
    await browser.follow(await browser.enter(pairing.user_code))
    await browser.submit("/consent", decision="approve")


async def cancelled_code(site: SiteUnderTest, browser: Browser) -> None:
    pairing = await site.start_pairing()
    form = {"client_id": "lobby-tv", "token": pairing.device_code}
    assert (await browser.http.post("/revoke", data=form)).status_code == 200


async def lost_response(site: SiteUnderTest, browser: Browser) -> None:
    pairing = await site.start_pairing()
    await browser.sign_in()
    await browser.follow(await browser.enter(pairing.user_code))
    await browser.submit("/consent", decision="approve")
    for _ in range(2):
        assert "access_token" in await pairing.poll()


async def copied_token(site: SiteUnderTest, browser: Browser) -> None:
    await lost_response(site, browser)
    pairing = await site.start_pairing()
    await browser.follow(await browser.enter(pairing.user_code))
    await browser.submit("/consent", decision="approve")
    token = (await pairing.poll())["refresh_token"]
    form = {"grant_type": "refresh_token", "client_id": "lobby-tv", "refresh_token": token}
    for address in (NETWORK, "198.51.100.7"):
        await (await site.browser(address)).http.post("/token", data=form)


async def _with_policy(site: SiteUnderTest, policy: ClientPolicy) -> None:
    client = await site.client("lobby-tv")
    await site.backend.store.replace_client(replace(client, policy=policy))


async def _require_same_network(site: SiteUnderTest) -> None:
    await _with_policy(site, ClientPolicy(requires_same_network=True))


async def refused_approval(site: SiteUnderTest, browser: Browser) -> None:
    """The page offers no Approve, but a form can be sent all the same."""
    await _require_same_network(site)
    pairing = await site.start_pairing(address="198.51.100.7")
    await browser.sign_in()
    await browser.follow(await browser.enter(pairing.user_code))
    forced = await browser.post("/consent", {**browser.forms()["/consent"], "decision": "approve"})
    assert leads_to(forced) == "/consent"


async def overridden_policy(site: SiteUnderTest, browser: Browser) -> None:
    """As ``pairgrant-server approve --override-policy`` does; no request can (tests/commands)."""
    await _require_same_network(site)
    pairing = await site.start_pairing()
    await site.backend.parts.decisions.approve(
        await site.grant(pairing),
        user_id=(await site.user("alice")).user_id,
        auth_time=site.clock.now,
        viewer=Viewer("198.51.100.7", "u-alice"),
        override_policy=True,
    )


async def two_browsers(site: SiteUnderTest, browser: Browser) -> None:
    pairing = await site.start_pairing()
    other = await site.browser("198.51.100.8")
    for person, username in ((browser, "alice"), (other, "bob")):
        await person.sign_in(username)
        await person.follow(await person.enter(pairing.user_code))


async def _approve(site: SiteUnderTest, pairing: Pairing, network: str = NETWORK, **typed: Any) -> None:
    await site.backend.parts.decisions.approve(
        await site.grant(pairing),
        user_id=(await site.user("alice")).user_id,
        auth_time=site.clock.now,
        viewer=Viewer(network, (await site.user("alice")).user_id, "b1"),
        **typed,
    )


async def _number(site: SiteUnderTest, pairing: Pairing) -> str:
    grant, user = await site.grant(pairing), await site.user("alice")
    return GrantSecrets(site.backend.server_key).number(grant.grant_id, user.user_id)


async def wrong_number(site: SiteUnderTest, browser: Browser) -> None:
    pairing = await site.start_pairing(device_capabilities="number")
    right = await _number(site, pairing)
    with pytest.raises(ApprovalRefusedError):
        await _approve(site, pairing, number=f"{(int(right) + 1) % 100:02}")


async def held_approval(site: SiteUnderTest, browser: Browser) -> None:
    await _approve(site, await site.start_pairing(), "198.51.100.7")


async def undone_approval(site: SiteUnderTest, browser: Browser) -> None:
    pairing = await site.start_pairing()
    await _approve(site, pairing, "198.51.100.7")
    grant, alice = await site.grant(pairing), await site.user("alice")
    await site.backend.parts.decisions.undo(grant.grant_id, user_id=alice.user_id, network="198.51.100.7")


async def used_code_again(site: SiteUnderTest, browser: Browser) -> None:
    pairing = await site.start_pairing(address="198.51.100.7")
    await _approve(site, pairing)
    await browser.enter(pairing.user_code)


async def link_on_another_site(site: SiteUnderTest, browser: Browser) -> None:
    pairing = await site.start_pairing()
    link = f"/D/{pairing.user_code}"
    await browser.open(link, **{"sec-fetch-site": "cross-site", "sec-purpose": "prefetch;prerender"})
    await browser.open(link, **{"sec-fetch-site": "cross-site"})


async def refused_confirmation(site: SiteUnderTest, browser: Browser) -> None:
    pairing = await site.start_pairing(address="198.51.100.7")
    await browser.sign_in()
    await browser.follow(await browser.enter(pairing.user_code))
    await browser.submit("/consent", decision="approve")
    site.clock.now += 20
    assert "access_token" in await pairing.poll()
    await browser.open("/outcome")
    await browser.submit("/confirm", reply="no")


async def missed_confirmation(site: SiteUnderTest, browser: Browser) -> None:
    """The profile ``strict`` wants more than the digits alone; the server's sweep ends the device."""
    client = await site.client("lobby-tv")
    await site.backend.store.replace_client(replace(client, policy=ClientPolicy(profile="strict")))
    pairing = await site.start_pairing(device_capabilities="number")
    number = await _number(site, pairing)
    await _approve(site, pairing, number=number)
    site.clock.now += 21
    assert "access_token" in await pairing.poll()
    site.clock.now += 121
    assert await site.backend.parts.devices.end_unconfirmed() == 1


async def _report(site: SiteUnderTest, network: str = NETWORK) -> None:
    grant = await site.grant(await site.start_pairing(address="198.51.100.7"))
    await site.backend.parts.reports.report_grant(grant, page="code", network=network, user_id=None)


async def report(site: SiteUnderTest, browser: Browser) -> None:
    await _report(site)


async def throttled_sender(site: SiteUnderTest, browser: Browser) -> None:
    for number in range(3):
        await _report(site, f"203.0.113.{number}")
    device = await site.browser("198.51.100.7")
    response = await device.http.post("/device_authorization", data={"client_id": "lobby-tv"})
    assert response.json()["error"] == "unauthorized_client"


async def untrusted_proxy(site: SiteUnderTest, browser: Browser) -> None:
    site.app = CallerAddress(site.app, TrustedProxies())
    proxied = await site.browser(NETWORK)
    assert (await proxied.open("/device", **{"x-forwarded-for": "192.0.2.1"})).status_code == 200


REQUESTS: dict[SecurityEvent, tuple[Callable[[SiteUnderTest, Browser], Any], dict[str, Any]]] = {
    SecurityEvent.SIGN_IN_FAILED: (wrong_password, {"network": NETWORK, "username": "alice"}),
    SecurityEvent.SIGN_IN_SUCCEEDED: (right_password, {"network": NETWORK}),
    SecurityEvent.CODE_UNKNOWN: (wrong_code, {"network": NETWORK}),
    SecurityEvent.LIMIT_REACHED: (too_many_codes, {"network": NETWORK, "limit": "codes"}),
    SecurityEvent.CLIENT_AUTHENTICATION_FAILED: (
        wrong_client_secret,
        {"network": NETWORK, "client_id": "lobby-tv"},
    ),
    SecurityEvent.START_REFUSED: (refused_start, {"network": NETWORK, "client_id": "lobby-tv"}),
    SecurityEvent.GRANT_DECIDED: (decision, {"client_id": "lobby-tv", "status": "approved"}),
    SecurityEvent.GRANT_CANCELLED: (
        cancelled_code,
        {"network": NETWORK, "client_id": "lobby-tv", "status": "pending"},
    ),
    SecurityEvent.APPROVAL_REFUSED: (refused_approval, {"violations": ["other_network"]}),
    SecurityEvent.POLICY_OVERRIDDEN: (overridden_policy, {"violations": ["other_network"]}),
    SecurityEvent.TOKEN_REPLAYED: (lost_response, {"network": NETWORK, "client_id": "lobby-tv"}),
    SecurityEvent.FAMILY_ENDED: (copied_token, {"network": "198.51.100.7", "client_id": "lobby-tv"}),
    SecurityEvent.NETWORK_UNKNOWN: (untrusted_proxy, {"peer": NETWORK}),
    SecurityEvent.CODE_SEEN_BY_OTHERS: (two_browsers, {"network": "198.51.100.8", "client_id": "lobby-tv"}),
    SecurityEvent.NUMBER_WRONG: (wrong_number, {"network": NETWORK, "client_id": "lobby-tv"}),
    SecurityEvent.APPROVAL_HELD: (held_approval, {"network": "198.51.100.7", "client_id": "lobby-tv"}),
    SecurityEvent.APPROVAL_UNDONE: (undone_approval, {"network": "198.51.100.7", "client_id": "lobby-tv"}),
    SecurityEvent.CODE_REUSED: (used_code_again, {"network": NETWORK, "address": "198.51.100.7"}),
    SecurityEvent.LINK_CROSS_SITE: (link_on_another_site, {"network": NETWORK}),
    SecurityEvent.CONFIRMATION_REFUSED: (refused_confirmation, {"network": NETWORK, "client_id": "lobby-tv"}),
    SecurityEvent.CONFIRMATION_MISSED: (missed_confirmation, {"address": NETWORK, "client_id": "lobby-tv"}),
    SecurityEvent.PAIRING_REPORTED: (report, {"network": NETWORK, "address": "198.51.100.7"}),
    SecurityEvent.SENDER_THROTTLED: (throttled_sender, {"network": "198.51.100.7", "client_id": "lobby-tv"}),
}


def test_vocabulary_has_a_request_for_each_event() -> None:
    assert REQUESTS.keys() == set(SecurityEvent)


@pytest.mark.parametrize("event", SecurityEvent)
async def test_each_event_is_written_once_by_a_request_and_has_no_secret(
    site: SiteUnderTest, browser: Browser, event: SecurityEvent
) -> None:
    request, facts = REQUESTS[event]
    with capture_logs() as logs:
        await request(site, browser)
    (line,) = lines_of(logs, event)
    assert facts.items() <= line.items()
    assert not re.search("BBBB-?BBBB|passphrase|correct horse", repr(logs))


async def test_start_without_an_enrolled_key_is_reported(site: SiteUnderTest, browser: Browser) -> None:
    await _with_policy(site, ClientPolicy(enrolled_keys=("k" * 43,)))
    with capture_logs() as logs:
        response = await browser.http.post("/device_authorization", data={"client_id": "lobby-tv"})
    assert response.status_code == 400
    (line,) = lines_of(logs, SecurityEvent.START_REFUSED)
    assert (line["network"], line["reason"]) == (NETWORK, "no enrolled key was proved")


async def test_failed_sign_in_names_no_username_that_does_not_exist(
    site: SiteUnderTest, browser: Browser
) -> None:
    """A person may have typed the password into the field of the username."""
    with capture_logs() as logs:
        await browser.sign_in("correct horse", "alice")
    (line,) = lines_of(logs, SecurityEvent.SIGN_IN_FAILED)
    assert line["network"] == NETWORK
    assert "correct horse" not in repr(logs)


@pytest.mark.parametrize("credentials", ["body", "basic", "assertion"])
async def test_failed_client_authentication_names_no_client_that_does_not_exist(
    browser: Browser, credentials: str
) -> None:
    """A device may have sent a code or token in the wrong field."""
    secret = "a-refresh-token-in-the-wrong-field"
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    headers = {}
    if credentials == "basic":
        headers["authorization"] = "Basic " + b64encode(f"{secret}:x".encode()).decode()
    elif credentials == "body":
        form |= {"client_id": secret}
    else:
        form |= {"client_id": secret, "client_assertion": "x", "client_assertion_type": ASSERTION_TYPE}
    with capture_logs() as logs:
        response = await browser.http.post("/token", data=form, headers=headers)
    assert response.status_code == 401
    (line,) = lines_of(logs, SecurityEvent.CLIENT_AUTHENTICATION_FAILED)
    assert line["network"] == NETWORK
    assert secret not in repr(logs)


def test_events_are_written_by_the_vocabulary_alone() -> None:
    sources = Path(pairgrant_server.__file__).parent.rglob("*.py")
    dotted = re.compile(r"log\.\w+\(\s*\"[a-z_]+\.[a-z_]+\"")
    assert [path.name for path in sources if dotted.search(path.read_text(encoding="utf-8"))] == []


class TestRequestIdentifier:
    async def test_error_page_and_header_name_the_same_request(self, browser: Browser) -> None:
        first, second = [await browser.http.get("/no/such/page") for _ in range(2)]
        assert f"quote this reference: {first.headers['x-request-id']}<" in first.text
        assert first.headers["x-request-id"] != second.headers["x-request-id"]

    async def test_identifier_of_the_caller_is_not_taken(self, browser: Browser) -> None:
        response = await browser.http.get("/signin", headers={"x-request-id": "forged"})
        assert re.fullmatch("[0-9a-f]{16}", response.headers["x-request-id"])

    async def test_response_of_an_endpoint_names_the_request_if_a_line_does(
        self, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written: list[Any] = []

        def note(name: str, **_: Any) -> None:
            written.append(with_request_id({"event": name})["request_id"])

        monkeypatch.setattr("pairgrant_server.security_events.log", SimpleNamespace(warning=note))
        form = {"grant_type": "refresh_token", "client_id": "lobby-tv", "client_secret": "wrong"}
        response = await browser.http.post("/token", data=form)
        assert [response.headers["x-request-id"]] == written
        silent = await browser.http.get("/.well-known/oauth-authorization-server")
        assert "x-request-id" not in silent.headers

    def test_line_outside_of_a_request_has_none(self) -> None:
        assert with_request_id({"event": "started"}) == {"event": "started"}

    async def test_line_of_a_task_has_that_of_its_request(self) -> None:
        async def line() -> Any:
            return with_request_id({"event": "x"})["request_id"]

        begin()
        assert await asyncio.create_task(line()) == made()

    def test_line_of_a_library_has_that_of_its_request(self) -> None:
        record = logging.LogRecord("uvicorn", logging.ERROR, "", 1, "failed", (), None)
        RequestIdFilter().filter(record)
        assert record.__dict__["request_id"] == ""
        begin()
        RequestIdFilter().filter(record)
        assert record.__dict__["request_id"] == f" request_id={request_id()}"

    def test_line_of_a_library_in_json_has_the_members_of_our_own(self) -> None:
        begin()
        record = logging.LogRecord("uvicorn", logging.ERROR, "", 1, "failed: %s", ("x",), None)
        line = json.loads(JsonFormatter().format(record))
        assert line.pop("timestamp").endswith("Z")
        assert line == {
            "event": "failed: x",
            "logger": "uvicorn",
            "level": "error",
            "request_id": request_id(),
        }

    def test_json_of_the_settings_replaces_the_text_that_the_command_line_chose(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root, structured = logging.getLogger(), structlog.get_config()
        monkeypatch.setattr(root, "handlers", [])
        try:
            configure_logging("text")
            configure_logging("json")
        finally:
            structlog.configure(**structured)
        (handler,) = root.handlers
        assert isinstance(handler.formatter, JsonFormatter)

    async def test_lines_of_one_request_have_the_same(self) -> None:
        begin()
        first = with_request_id({"event": "x"})
        assert first == with_request_id({"event": "x"}) == {"event": "x", "request_id": request_id()}
