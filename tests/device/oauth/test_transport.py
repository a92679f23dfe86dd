"""Limits of one HTTP exchange: size, time, redirects, certificates; and what its errors say."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from pairgrant.errors import CertificateError, PairgrantError, ServerFaultError, UnreachableError
from pairgrant.oauth.http_response import HttpResponse
from pairgrant.oauth.transport import REQUEST_TIMEOUT, Transport, http_client
from tests.device.simulated_server import SimulatedServer

URL = "https://pair.example/token"


def transport_with(reply: Any, *, request_timeout: float = REQUEST_TIMEOUT) -> Transport:
    client = httpx.AsyncClient(transport=httpx.MockTransport(reply))
    return Transport(client, request_timeout=request_timeout)


class TestBounds:
    async def test_response_has_the_headers_that_parsers_need(
        self, server: SimulatedServer, transport: Transport
    ) -> None:
        server.on("/token", server.says({"a": 1}, 503, Retry_After="7", ETag='"x"'))
        response = await transport.get(URL)
        assert response == HttpResponse(503, b'{"a": 1}', retry_after="7", etag='"x"')

    async def test_response_over_one_mebibyte_is_refused_while_it_arrives(
        self, server: SimulatedServer
    ) -> None:
        body = server.chunks([b"x" * 100_000] * 1000)
        with pytest.raises(ServerFaultError, match="1 MiB"):
            await transport_with(lambda _: httpx.Response(200, stream=body)).get(URL)
        assert body.taken == 11

    async def test_compressed_response_is_refused_unread(self, server: SimulatedServer) -> None:
        body = server.chunks([b"x"])
        reply = httpx.Response(200, stream=body, headers={"Content-Encoding": "gzip"})
        with pytest.raises(ServerFaultError, match="compressed"):
            await transport_with(lambda _: reply).get(URL)
        assert body.taken == 0

    async def test_slow_response_is_cut_off(self) -> None:
        class Drip(httpx.AsyncByteStream):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                yield b"{"
                await asyncio.Event().wait()

        drip = transport_with(lambda _: httpx.Response(200, stream=Drip()), request_timeout=0.01)
        with pytest.raises(UnreachableError, match="in time"):
            await drip.get(URL)

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example/token",
            "http://pair.example/token",
            "/elsewhere",
            "",
            "https://[bad",
        ],
    )
    async def test_redirects_are_not_followed(
        self, server: SimulatedServer, transport: Transport, status: int, target: str
    ) -> None:
        server.on("/token", server.says(b"", status, Location=target))
        with pytest.raises(ServerFaultError, match="--issuer") as refused:
            await transport.post_form(URL, {"device_code": "secret"})
        assert len(server.requests) == 1
        assert "\x1b" not in str(refused.value)

    async def test_control_characters_of_a_redirect_are_escaped(
        self, server: SimulatedServer, transport: Transport
    ) -> None:
        server.on("/token", server.says(b"", 302, Location="https://evil\x1b]0;x\x07/"))
        with pytest.raises(PairgrantError) as refused:
            await transport.get(URL)
        assert str(refused.value).isprintable()

    async def test_the_error_of_a_redirect_names_no_path_or_query(
        self, server: SimulatedServer, transport: Transport
    ) -> None:
        server.on("/token", server.says(b"", 302, Location="https://evil.example/x?user_code=WDJB"))
        with pytest.raises(ServerFaultError) as refused:
            await transport.get(URL)
        assert "https://evil.example," in str(refused.value)
        assert "WDJB" not in str(refused.value)


class TestNoConnection:
    @pytest.mark.parametrize("error", [httpx.ConnectTimeout, httpx.ReadTimeout, httpx.PoolTimeout])
    async def test_timeout_is_reported(
        self, server: SimulatedServer, transport: Transport, error: type[httpx.TransportError]
    ) -> None:
        server.on("/token", server.fails(error))
        with pytest.raises(UnreachableError, match="in time"):
            await transport.get(URL)

    @pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError])
    async def test_connection_error_says_what_to_check(
        self, server: SimulatedServer, transport: Transport, error: type[httpx.TransportError]
    ) -> None:
        server.on("/token", server.fails(error))
        with pytest.raises(UnreachableError, match=r"https://pair\.example .*(Check the)"):
            await transport.get(URL)

    @pytest.mark.parametrize(
        "url", ["http://a..b/token", f"http://{'x' * 70}.example/", "http://127.0.0.1:1/"]
    )
    async def test_unresolvable_or_invalid_address_is_unreachable(self, url: str) -> None:
        async with http_client(user_agent="test") as client:
            with pytest.raises(UnreachableError):
                await Transport(client).get(url)


class TestHeaders:
    async def test_requests_have_user_agent_and_accepted_types(self, server: SimulatedServer) -> None:
        async with http_client(user_agent="pairgrant/1.0") as client:
            headers = dict(client.headers)
        expected = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": "pairgrant/1.0",
        }
        assert expected.items() <= headers.items()


class TestCertificates:
    @pytest.fixture(scope="class")
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @staticmethod
    async def serve(certificate: trustme.LeafCert) -> tuple[asyncio.Server, str]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)

        async def response(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            await writer.drain()
            writer.close()

        listening = await asyncio.start_server(response, "127.0.0.1", 0, ssl=context)
        port = listening.sockets[0].getsockname()[1]
        return listening, f"https://127.0.0.1:{port}/"

    async def test_own_certificate_authority_is_trusted_if_named(
        self, authority: trustme.CA, tmp_path: Path
    ) -> None:
        listening, url = await self.serve(authority.issue_cert("127.0.0.1"))
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        async with listening, http_client(user_agent="test", authorities=context) as client:
            assert (await Transport(client).get(url)).body == b"{}"

    async def test_unknown_certificate_authority_is_not_trusted(self, authority: trustme.CA) -> None:
        listening, url = await self.serve(authority.issue_cert("127.0.0.1"))
        async with listening, http_client(user_agent="test") as client:
            with pytest.raises(CertificateError, match="--ca-file"):
                await Transport(client).get(url)

    async def test_certificate_of_another_host_is_refused(self, authority: trustme.CA) -> None:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        listening, url = await self.serve(authority.issue_cert("other.example"))
        async with listening, http_client(user_agent="test", authorities=context) as client:
            with pytest.raises(CertificateError, match="can't be verified"):
                await Transport(client).get(url)

    @pytest.mark.parametrize(
        ("not_before", "not_after", "says"), [(2010, 2020, "has expired"), (2500, 2501, "is not valid yet")]
    )
    async def test_certificate_outside_its_time_is_refused_with_a_hint_at_the_clock(
        self, authority: trustme.CA, not_before: int, not_after: int, says: str
    ) -> None:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        certificate = authority.issue_cert(
            "127.0.0.1",
            not_before=dt.datetime(not_before, 1, 1, tzinfo=dt.UTC),
            not_after=dt.datetime(not_after, 1, 1, tzinfo=dt.UTC),
        )
        listening, url = await self.serve(certificate)
        async with listening, http_client(user_agent="test", authorities=context) as client:
            with pytest.raises(CertificateError, match=f"{says}. Check this device's clock"):
                await Transport(client).get(url)

    async def test_server_without_tls_at_an_https_address_is_reported(self) -> None:
        async def response(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await writer.drain()
            writer.close()

        listening = await asyncio.start_server(response, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        async with listening, http_client(user_agent="test") as client:
            with pytest.raises(CertificateError, match="doesn't speak https"):
                await Transport(client).get(f"https://127.0.0.1:{port}/")
