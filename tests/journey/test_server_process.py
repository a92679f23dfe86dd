"""The server as a process: it starts, holds its file, survives rude sockets, drains, and speaks TLS."""

import asyncio
import signal
import ssl
from pathlib import Path

import httpx
import pytest
import trustme

from tests.journey.service import Service
from tests.processes.programs import Programs, SpawnedPrograms

FORM = "application/x-www-form-urlencoded"
PATIENCE = 120.0


@pytest.fixture(scope="module")
def server_programs() -> Programs:
    """These tests are about the process."""
    return SpawnedPrograms()


class TestProcess:
    async def test_second_server_on_the_same_sqlite_file_is_refused(self, service: Service) -> None:
        done = service.command("run", "--port", "0", "--public-url", service.url)
        assert done.returncode == 1
        assert "already serves" in done.stderr

    async def test_sigterm_completes_open_requests(self, service: Service) -> None:
        """A request whose body is on its way when the signal comes still gets its response."""
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        body = b"client_id=lobby-tv&scope=openid"
        head = (
            "POST /device_authorization HTTP/1.1\r\nHost: x\r\n"
            f"Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body[:10])
        await writer.drain()
        async with httpx.AsyncClient(
            trust_env=False, timeout=PATIENCE
        ) as client:  # by now the server has seen the first half
            assert (await client.get(f"{service.url}/healthz")).is_success
        service.process.send_signal(signal.SIGTERM)
        writer.write(body[10:])
        await writer.drain()
        response = await asyncio.wait_for(reader.read(), PATIENCE)
        assert response.startswith(b"HTTP/1.1 200")
        assert service.process.wait(PATIENCE) == 0
        writer.close()

    async def test_proxy_that_is_not_trusted_is_named_in_the_log_once(self, service: Service) -> None:
        """Through the server's own HTTP protocol, for a request that it answers inline and for a page."""
        async with httpx.AsyncClient(
            trust_env=False, timeout=PATIENCE, base_url=service.url, headers={"x-forwarded-for": "192.0.2.7"}
        ) as client:
            for _ in range(2):
                await client.post("/device_authorization", data={"client_id": "lobby-tv"})
                await client.get("/device")
        assert service.log.count("network.unknown") == 1
        assert "PAIRGRANT_TRUSTED_PROXIES" in service.log

    async def test_health_check_responds_beside_a_thousand_idle_sockets(self, service: Service) -> None:
        connections = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(1000)]
        for number, (_, writer) in enumerate(connections):
            if number % 2:
                writer.write(b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nd")
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            assert (await client.get(f"{service.url}/healthz")).is_success
        for _, writer in connections:
            writer.close()

    async def test_pairing_survives_kill_9(self, service: Service) -> None:
        async with httpx.AsyncClient(trust_env=False, base_url=service.url, timeout=PATIENCE) as client:
            codes = (await client.post("/device_authorization", data={"client_id": "lobby-tv"})).json()
            service.process.kill()
            service.process.wait()
            assert service.command("approve", codes["user_code"], "--user", "alice").returncode == 0
            await service.start()
            poll = {
                "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
                "device_code": codes["device_code"],
                "client_id": "lobby-tv",
            }
            first = await client.post("/token", data=poll)
            assert first.status_code == 200
            service.process.kill()
            service.process.wait()
            await service.start()
            assert (await client.post("/token", data=poll)).content == first.content

    async def test_no_code_or_token_is_in_the_log(self, service: Service) -> None:
        async with httpx.AsyncClient(trust_env=False, base_url=service.url, timeout=PATIENCE) as client:
            codes = (await client.post("/device_authorization", data={"client_id": "lobby-tv"})).json()
            code = codes["user_code"].replace("-", "")
            await client.get(f"/D/{code}")
            await client.get(f"/device?user_code={code}")
            await client.get(f"/d/{code}")
            await client.get(f"/pair/{codes['user_code'].lower()}")
        assert "page requested" in service.log
        assert code not in service.log.upper().replace("-", "")
        assert codes["device_code"] not in service.log


class TestTls:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, str]:
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1")
        certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
        (tmp_path / "key.pem").chmod(0o600)
        for chain in certificate.cert_chain_pems:
            chain.write_to_path(tmp_path / "cert.pem", append=True)
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        return {}

    async def test_https_has_secure_cookies_and_an_https_issuer(
        self, service: Service, tmp_path: Path
    ) -> None:
        service.stop()
        service.settings.update(
            PAIRGRANT_CERTFILE=str(tmp_path / "cert.pem"), PAIRGRANT_KEYFILE=str(tmp_path / "key.pem")
        )
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        service.scheme, service.verify = "https", context
        await service.start()
        async with httpx.AsyncClient(trust_env=False, verify=context, timeout=PATIENCE) as client:
            page = await client.get(f"{service.url}/device")
            document = (await client.get(f"{service.url}/.well-known/openid-configuration")).json()
        assert page.headers["set-cookie"].startswith("__Host-pairgrant=")
        assert "Secure" in page.headers["set-cookie"]
        assert document["issuer"] == service.url
