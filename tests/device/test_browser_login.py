"""Signing in with the machine's own browser: RFC 8252 §7.3, RFC 7636, RFC 9207."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from device.assembly import Device
from device.authorization_code import BrowserRequest, ForeignAnswerError
from device.browser_login import sign_in_by_browser
from device.errors import DeviceError, RefusedError, RemoteFaultError, UnreachableError
from device.loopback import loopback
from device.pkce import challenge_of
from device.token_store import FileTokenStore
from shared.secret import Secret

Server = Any  # the fixtures of conftest.py
ISSUER = "https://pair.example"
REQUEST = BrowserRequest(
    "lobby-tv", "http://127.0.0.1:1/callback", ("openid",), Secret("v" * 43), "the state"
)


def code_in(**told: str) -> Secret:
    query = urlencode({"state": "the state", "iss": ISSUER, "code": "the-code", **told})
    return REQUEST.code_in(query, issuer=ISSUER, names_issuer=True)


class TestRequest:
    def test_asks_with_a_challenge_and_never_shows_the_verifier(self) -> None:
        url = REQUEST.url("https://pair.example/authorize?tenant=7")
        parameters = dict(parse_qsl(urlsplit(url).query))
        assert parameters == {
            "tenant": "7",
            "response_type": "code",
            "client_id": "lobby-tv",
            "redirect_uri": "http://127.0.0.1:1/callback",
            "scope": "openid",
            "state": "the state",
            **challenge_of(REQUEST.verifier),
        }
        assert "v" * 43 not in url + repr(REQUEST)

    def test_is_another_each_time(self) -> None:
        numbers = iter(range(1, 5))

        def random_bytes(size: int) -> bytes:
            return bytes([next(numbers)]) * size

        first, second = (BrowserRequest.new("c", "r", (), random_bytes) for _ in range(2))
        assert len({first.state, second.state, first.verifier, second.verifier}) == 4


class TestAnswer:
    def test_brings_the_code(self) -> None:
        assert code_in() == Secret("the-code")

    @pytest.mark.parametrize("told", [{"state": "another"}, {"state": ""}, {"iss": "https://evil.example"}])
    def test_of_someone_else_is_refused(self, told: dict[str, str]) -> None:
        with pytest.raises(ForeignAnswerError):
            code_in(**told)

    def test_without_an_issuer_is_refused_where_the_server_names_it_always(self) -> None:
        query = urlencode({"state": "the state", "code": "the-code"})
        with pytest.raises(ForeignAnswerError):
            REQUEST.code_in(query, issuer=ISSUER, names_issuer=True)
        assert REQUEST.code_in(query, issuer=ISSUER, names_issuer=False) == Secret("the-code")

    def test_that_says_no_is_an_error(self) -> None:
        with pytest.raises(RefusedError) as refused:
            code_in(error="access_denied")
        assert refused.value.code == "access_denied"

    @pytest.mark.parametrize("told", [{"code": ""}, {"code": "é"}])
    def test_with_nothing_in_it_is_the_servers_fault(self, told: dict[str, str]) -> None:
        with pytest.raises(RemoteFaultError):
            code_in(**told)


class TestLoopback:
    async def test_takes_one_answer_and_shows_nothing_of_it(self) -> None:
        async with loopback() as back, httpx.AsyncClient(trust_env=False) as browser:
            elsewhere = await browser.get(back.redirect_uri.replace("/callback", "/favicon.ico"))
            assert elsewhere.status_code == 404
            assert not back.answer.done()
            page = await browser.get(f"{back.redirect_uri}?code=a&state=%3Cscript%3E")
            assert page.status_code == 200
            assert "script" not in page.text
            assert page.headers["content-security-policy"] == "default-src 'none'"
            assert await back.answer == "code=a&state=%3Cscript%3E"
            again = await browser.get(f"{back.redirect_uri}?code=b")
            assert again.status_code == 200
            assert back.answer.result() == "code=a&state=%3Cscript%3E"

    async def test_garbage_is_no_answer(self) -> None:
        async with loopback() as back:
            reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(back.redirect_uri).port)
            writer.write(b"\x00" * 20_000)
            assert await reader.read() == b""
            writer.close()
            assert not back.answer.done()


class TestSignIn:
    @pytest.fixture
    def offers_code_flow(self, server: Server) -> None:
        document = server.document(
            authorization_endpoint=f"{ISSUER}/authorize", authorization_response_iss_parameter_supported=True
        )
        server.on("/.well-known/oauth-authorization-server", server.says(document))

    def browser(self, asked: list[dict[str, str]], **told: str) -> Callable[[str], None]:
        """A browser whose person says ``told``; it comes back as soon as it was sent."""

        def show(url: str) -> None:
            parameters = dict(parse_qsl(urlsplit(url).query))
            asked.append(parameters)
            query = urlencode({"state": parameters["state"], "iss": ISSUER, **told})

            async def come_back() -> None:
                async with httpx.AsyncClient(trust_env=False) as http:
                    await http.get(f"{parameters['redirect_uri']}?{query}")

            self.coming = asyncio.ensure_future(come_back())

        return show

    @pytest.mark.usefixtures("offers_code_flow")
    async def test_the_tokens_are_kept_as_those_of_a_pairing(
        self, server: Server, device: Device, store: FileTokenStore
    ) -> None:
        server.on("/token", server.says(server.tokens()))
        asked: list[dict[str, str]] = []
        await sign_in_by_browser(device, self.browser(asked, code="the-code"))
        await self.coming
        (form,) = server.forms("/token")
        assert form["grant_type"] == "authorization_code"
        assert (form["code"], form["client_id"]) == ("the-code", "lobby-tv")
        assert form["redirect_uri"] == asked[0]["redirect_uri"]
        assert challenge_of(Secret(form["code_verifier"]))["code_challenge"] == asked[0]["code_challenge"]
        kept = store.load()
        assert kept is not None
        assert kept.access_token == Secret("access-1")

    @pytest.mark.usefixtures("offers_code_flow")
    async def test_a_denial_keeps_nothing(self, device: Device, store: FileTokenStore) -> None:
        with pytest.raises(RefusedError):
            await sign_in_by_browser(device, self.browser([], error="access_denied"))
        await self.coming
        assert store.load() is None

    @pytest.mark.usefixtures("offers_code_flow")
    async def test_nobody_is_waited_for_for_ever(self, device: Device) -> None:
        with pytest.raises(UnreachableError):
            await sign_in_by_browser(device, lambda _: None, patience=0)

    async def test_a_server_without_the_code_flow_is_told_with_what_to_do(self, device: Device) -> None:
        with pytest.raises(DeviceError, match="without --browser"):
            await sign_in_by_browser(device, lambda _: None)
