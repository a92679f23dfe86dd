"""The shipped nginx configuration with two servers: pairings, live pages, held polls, addresses, logs."""

import asyncio
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from playwright.async_api import Page, expect

from tests.deploy.installation import DEPLOY, NGINX, Installation
from tests.processes.held_polls import held_until_decided
from tests.processes.programs import PATIENCE, clean_environment

Login = Callable[[], Any]
PASSWORD = "correct horse battery"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


def http(installation: Installation, **options: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, base_url=installation.url, timeout=PATIENCE, **options)


async def request_codes(client: httpx.AsyncClient) -> dict[str, Any]:
    response = await client.post("/device_authorization", data={"client_id": "lobby-tv"})
    assert response.status_code == 200, response.text
    codes: dict[str, Any] = response.json()
    return codes


def poll_with(codes: dict[str, Any]) -> dict[str, str]:
    return {"grant_type": DEVICE_CODE, "device_code": codes["device_code"], "client_id": "lobby-tv"}


async def event(device: asyncio.subprocess.Process, name: str) -> dict[str, Any]:
    """The device's next event of that name."""
    assert device.stdout is not None
    while True:
        async with asyncio.timeout(PATIENCE):
            line = await device.stdout.readline()
        assert line, f"the device ended before {name}"
        said: dict[str, Any] = json.loads(line)
        if said["event"] == name:
            return said


@pytest.fixture
async def device(behind_nginx: Installation, tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """``pairgrant login --json``, on its way."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pairgrant", "login", "--json", "--issuer", behind_nginx.url),
        *(
            "--client-id",
            "lobby-tv",
            "--device-name",
            "Lobby screen",
            "--token-file",
            str(tmp_path / "token.json"),
        ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=clean_environment(),
    )
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def sign_in(phone: Page, address: str) -> None:
    await phone.goto(address)
    await phone.get_by_role("button", name="Continue").click()
    await phone.get_by_label("Username").fill("alice")
    await phone.get_by_label("Password").fill(PASSWORD)
    await phone.get_by_role("button", name="Sign in").click()
    await phone.wait_for_url("**/consent*")


async def server_of_the_page(installation: Installation, path: str) -> int:
    """The port of the server that made the page; nginx logs a request after its response has left."""
    async with asyncio.timeout(PATIENCE):
        while True:
            lines = [line for line in installation.access_log.splitlines() if f" {path} " in line]
            if lines:
                return int(lines[-1].split()[7].rpartition(":")[2])
            await asyncio.sleep(0.02)


async def comes_alive(phone: Page) -> None:
    """Until the page's socket has met its page."""
    async with asyncio.timeout(PATIENCE):
        # The CSP forbids wait_for_function.
        while not await phone.evaluate("window.did_handshake === true"):  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.02)


class TestPairing:
    async def test_device_and_browser_complete_a_pairing_behind_nginx(
        self, behind_nginx: Installation, device: asyncio.subprocess.Process, phone: Page
    ) -> None:
        code = await event(device, "code")
        assert code["verification_uri"] == f"{behind_nginx.url}/device"
        await sign_in(phone, code["verification_uri_complete"])
        shown = (await event(device, "number"))["number"]
        await phone.get_by_label("Type the number that your device shows").fill(shown)
        await phone.get_by_role("button", name="Approve").click()
        await event(device, "authorized")
        assert await device.wait() == 0
        await expect(phone.get_by_role("heading", name="Your device is connected")).to_be_visible()

    async def test_live_page_keeps_its_connection_to_one_server(
        self, behind_nginx: Installation, phone: Page
    ) -> None:
        """Its socket reaches the server that made it each time; otherwise the page would reload in a loop."""
        async with http(behind_nginx) as client:
            codes = await request_codes(client)
            await sign_in(phone, codes["verification_uri_complete"])
            for _ in range(4):
                await phone.reload()
                await comes_alive(phone)
            await phone.get_by_role("button", name="Approve").click()
            await phone.wait_for_url("**/outcome*")
            await comes_alive(phone)
            loads: list[str] = []
            phone.on("framenavigated", lambda frame: loads.append(frame.url))
            assert (await client.post("/token", data=poll_with(codes))).status_code == 200
            await expect(phone.get_by_role("heading", name="Your device is connected")).to_be_visible()
            assert loads == []

    async def test_poll_held_for_30_seconds_gets_its_response_from_the_server(
        self, behind_nginx: Installation
    ) -> None:
        async with http(behind_nginx) as client:
            codes = await request_codes(client)
            response = await client.post("/token", data=poll_with(codes), headers={"prefer": "wait=30"})
            assert response.status_code == 400, response.text
            assert response.json()["error"] == "authorization_pending"
            assert response.headers["preference-applied"] == "wait=30"
            assert response.headers["cache-control"] == "no-store"
            assert response.elapsed.total_seconds() > 29


class TestOneServerLess:
    async def test_remaining_server_takes_over_polls_and_pages(
        self, behind_nginx: Installation, phone: Page
    ) -> None:
        async with http(behind_nginx) as client:
            devices = [await request_codes(client) for _ in range(6)]
            await sign_in(phone, devices[0]["verification_uri_complete"])
            held = [
                asyncio.create_task(held_until_decided(client, "/token", poll_with(codes)))
                for codes in devices
            ]
            # The phone's own server, so that its page has to move; every device is being held by then.
            mine = behind_nginx.server_ports.index(await server_of_the_page(behind_nginx, "/consent"))
            done = await asyncio.to_thread(
                behind_nginx.command, "approve", devices[1]["user_code"], "--user", "alice"
            )
            assert done.returncode == 0, done
            assert (await held[1]).status_code == 200
            behind_nginx.servers[mine].send_signal(signal.SIGKILL)
            behind_nginx.servers[mine].wait()
            await phone.goto(f"{behind_nginx.url}/consent")
            await comes_alive(phone)
            await phone.get_by_role("button", name="Approve").click()
            await expect(phone.get_by_role("heading", name="Your device is connected")).to_be_visible()
            assert (await held[0]).status_code == 200
            approvals = (
                asyncio.to_thread(behind_nginx.command, "approve", codes["user_code"], "--user", "alice")
                for codes in devices[2:]
            )
            for done in await asyncio.gather(*approvals):
                assert done.returncode == 0, done
            assert [response.status_code for response in await asyncio.gather(*held)] == [200] * len(held)
            for _ in range(20):
                await request_codes(client)


class TestForgedAddresses:
    @pytest.fixture
    def settings(self) -> dict[str, str]:
        return {"PAIRGRANT_DEVICE_AUTHORIZATIONS_PER_ADDRESS": "3"}

    async def test_forwarded_headers_from_outside_do_not_change_the_limit(
        self, behind_nginx: Installation
    ) -> None:
        async with http(behind_nginx) as client:
            statuses = [
                (
                    await client.post(
                        "/device_authorization",
                        data={"client_id": "lobby-tv"},
                        headers={
                            "x-forwarded-for": f"198.51.100.{number}",
                            "x-real-ip": f"198.51.100.{number}",
                            "forwarded": f"for=198.51.100.{number}",
                        },
                    )
                ).status_code
                for number in range(20)
            ]
        assert 3 <= statuses.count(200) <= 2 * 3, "three at each server"
        assert statuses.count(200) + statuses.count(429) == len(statuses)

    async def test_consent_page_shows_the_address_that_nginx_saw(
        self, behind_nginx: Installation, phone: Page
    ) -> None:
        async with http(behind_nginx, headers={"x-forwarded-for": "198.51.100.7"}) as client:
            await sign_in(phone, (await request_codes(client))["verification_uri_complete"])
        await expect(phone.get_by_text("from 127.0.0.1")).to_be_visible()


class TestLogs:
    async def test_logs_hold_no_code_token_or_query(self, behind_nginx: Installation) -> None:
        async with http(behind_nginx) as client:
            codes = await request_codes(client)
            code = codes["user_code"].replace("-", "")
            paths = (
                f"/D/{code}",
                f"/d/{code}",
                f"/{code}",
                f"/pair/{code.lower()}",
                f"/device?user_code={code}",
            )
            for path in paths:
                await client.get(path)
            await client.post("/token", data=poll_with(codes))
            for server in behind_nginx.servers:
                server.kill()
                server.wait()
            for path in paths:  # nginx writes the request line beside a failure, if it may
                assert (await client.get(path)).status_code == 502
        logs = behind_nginx.all_logs
        assert " GET /D/*** 200 " in behind_nginx.access_log
        assert " GET /D/*** 502 " in behind_nginx.access_log
        assert " GET /device 200 " in behind_nginx.access_log
        assert code not in logs.upper().replace("-", "")
        assert codes["device_code"] not in logs
        assert "user_code=" not in logs

    async def test_body_over_16_kib_is_refused_by_nginx(self, behind_nginx: Installation) -> None:
        async with http(behind_nginx) as client:
            assert (await client.post("/token", content=b"x" * 17_000)).status_code == 413


class TestTls:
    async def test_servers_behind_tls_of_nginx_know_the_scheme(
        self, installation: Installation, tmp_path: Path
    ) -> None:
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1")
        certificate.private_key_pem.write_to_path(tmp_path / "certificate.key")
        for chain in certificate.cert_chain_pems:
            chain.write_to_path(tmp_path / "certificate.pem", append=True)
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        shipped = (DEPLOY / "nginx/pairgrant/listen.conf").read_text()
        listen = (
            shipped.replace("listen      [::]:443 ssl;\n", "")
            .replace("listen      443 ssl;", f"listen 127.0.0.1:{installation.port} ssl;")
            .replace("/run/secrets", str(tmp_path))
        )
        installation.scheme = "https"
        await installation.start_servers()
        await installation.start_nginx(listen)
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        async with http(installation, verify=context) as client:
            page = await client.get("/device")
            document = (await client.get("/.well-known/oauth-authorization-server")).json()
        assert page.headers["set-cookie"].startswith("__Host-pairgrant=")
        assert page.headers["cache-control"] == "no-store"
        assert "strict-transport-security" in page.headers
        assert "content-encoding" not in page.headers
        assert document["token_endpoint"] == f"{installation.url}/token"


async def test_shipped_configuration_is_valid(installation: Installation, tmp_path: Path) -> None:
    """As it is shipped, but for names and files that are only there in its containers."""
    authority = trustme.CA()
    certificate = authority.issue_cert("pair.example")
    certificate.private_key_pem.write_to_path(tmp_path / "certificate.key")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
    conf = installation.write_conf("")
    for name in ("servers", "listen", "redirect"):
        text = (DEPLOY / f"nginx/pairgrant/{name}.conf").read_text()
        text = text.replace("/run/secrets", str(tmp_path)).replace("server server-", "server 127.0.0.")
        (conf.parent / "pairgrant" / f"{name}.conf").write_text(text)
    done = await asyncio.to_thread(
        subprocess.run,
        [NGINX, "-t", "-c", str(conf), "-e", str(conf.with_name("start.log"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr
