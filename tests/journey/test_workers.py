"""``run --workers 2``: any worker responds to any request, live pages work, killed workers are replaced."""

import asyncio
import os
import re
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.journey.service import Service
from tests.processes.held_polls import held_until_decided
from tests.processes.proc import of_process
from tests.processes.programs import Programs, SpawnedPrograms

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
PASSWORD = "correct horse battery"
PATIENCE = 120.0


@pytest.fixture(scope="module")
def server_programs() -> Programs:
    """These tests are about the process."""
    return SpawnedPrograms()


@pytest.fixture
def settings(empty_database: str, tmp_path: Path) -> dict[str, str]:
    return {
        "PAIRGRANT_DATABASE": empty_database,
        "PAIRGRANT_SERVER_KEY_FILE": str(tmp_path / "server.key"),
        "PAIRGRANT_WORKERS": "2",
        "PAIRGRANT_INTERVAL": "1",
    }


async def all_serve(service: Service, starts: int = 2) -> None:
    """Wait until every worker serves: the first response came from one of them."""
    await seen(lambda: service.log.count("worker serves") >= starts, f"{starts} starts")


def workers(supervisor: int) -> set[int]:
    """The processes that serve; a supervisor has another child that only tidies up after it."""
    children = map(int, of_process(supervisor, f"task/{supervisor}/children").split())
    return {child for child in children if b"spawn_main" in of_process(child, "cmdline")}


def is_alive(process_id: int) -> bool:
    """Whether the process runs. A zombie, which waits until its exit code is read, has ended."""
    facts = of_process(process_id, "stat")
    return bool(facts) and b") Z " not in facts


async def seen(condition: Any, what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - what is waited for lives in another process
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"never seen: {what}")


async def request_codes(url: str) -> dict[str, str]:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        response = await client.post(f"{url}/device_authorization", data={"client_id": "lobby-tv"})
        assert response.status_code == 200, response.text
        codes: dict[str, str] = response.json()
        return codes


def poll_with(codes: dict[str, str]) -> dict[str, str]:
    return {"grant_type": DEVICE_CODE, "device_code": codes["device_code"], "client_id": "lobby-tv"}


async def comes_alive(phone: Page) -> None:
    """Until the page's socket has met its page."""
    async with asyncio.timeout(PATIENCE):
        # The CSP forbids wait_for_function.
        while not await phone.evaluate("window.did_handshake === true"):  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.02)


async def socket_forwarded(service: Service, phone: Page) -> None:
    """Load the live page until its socket has come to the worker that did not make it."""
    for _ in range(40):  # the kernel tosses a coin for each connection
        before = service.log.count("socket forwarded")
        async with phone.expect_websocket() as socket_info:
            await phone.reload()
        socket = await socket_info.value
        assert re.search(r"[?&]worker=[12]&", socket.url), socket.url
        await comes_alive(phone)
        if service.log.count("socket forwarded") > before:
            return
    pytest.fail("every socket came to the worker that made its page")


class TestPairing:
    async def test_live_page_works_whichever_worker_gets_its_socket(
        self, service: Service, phone: Page
    ) -> None:
        codes = await request_codes(service.url)
        await phone.goto(codes["verification_uri_complete"])
        await phone.get_by_role("button", name="Continue").click()
        await phone.get_by_label("Username").fill("alice")
        await phone.get_by_label("Password").fill(PASSWORD)
        await phone.get_by_role("button", name="Sign in").click()
        await phone.wait_for_url("**/consent*")
        await socket_forwarded(service, phone)
        await phone.get_by_role("button", name="Approve").click()
        await phone.wait_for_url("**/outcome*")
        await socket_forwarded(service, phone)
        loads: list[str] = []
        phone.on("framenavigated", lambda frame: loads.append(frame.url))
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as device:
            assert (await device.post(f"{service.url}/token", data=poll_with(codes))).status_code == 200
        await expect(phone.get_by_role("heading", name="Your device is connected")).to_be_visible()
        assert loads == [], "the page came alive by its socket, not by being loaded again"

    async def test_page_of_a_killed_worker_goes_on_by_polling(self, service: Service, phone: Page) -> None:
        codes = await request_codes(service.url)
        await phone.goto(codes["verification_uri_complete"])
        await phone.get_by_role("button", name="Continue").click()
        await phone.get_by_label("Username").fill("alice")
        await phone.get_by_label("Password").fill(PASSWORD)
        await phone.get_by_role("button", name="Sign in").click()
        await phone.get_by_role("button", name="Approve").click()
        await phone.wait_for_url("**/outcome*")
        await comes_alive(phone)
        await all_serve(service)
        starts = service.log.count("worker serves")
        killed = workers(service.process.pid)
        assert len(killed) == 2
        for worker in killed:
            os.kill(worker, signal.SIGKILL)
        await all_serve(service, starts + len(killed))
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as device:
            assert (await device.post(f"{service.url}/token", data=poll_with(codes))).status_code == 200
        await expect(phone.get_by_role("heading", name="Your device is connected")).to_be_visible()

    async def test_socket_of_another_origin_is_refused_by_the_first_worker(self, service: Service) -> None:
        await all_serve(service)
        page = "EIO=4&transport=websocket&implicit_handshake=true&client_id=x"
        for number in range(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
            writer.write(
                f"GET /_nicegui_ws/socket.io/?{page}&worker={number % 2 + 1} HTTP/1.1\r\n"
                "Host: x\r\nOrigin: https://elsewhere.example\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
            )
            assert (await asyncio.wait_for(reader.readline(), PATIENCE)).startswith(b"HTTP/1.1 403")
            writer.close()
        assert "socket forwarded" not in service.log

    async def test_approvals_wake_polls_held_by_every_worker(self, service: Service) -> None:
        devices = [
            await request_codes(service.url) for _ in range(8)
        ]  # each poll a connection, to either worker
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            waiting = [
                asyncio.create_task(held_until_decided(client, f"{service.url}/token", poll_with(codes)))
                for codes in devices
            ]
            approvals = (
                asyncio.to_thread(service.command, "approve", codes["user_code"], "--user", "alice")
                for codes in devices
            )
            for done in await asyncio.gather(*approvals):
                assert done.returncode == 0, done
            for response in await asyncio.gather(*waiting):
                assert response.status_code == 200, response.text
                assert response.elapsed.total_seconds() < 29


class TestProcesses:
    async def test_killed_worker_is_restarted_while_the_server_responds(self, service: Service) -> None:
        await all_serve(service)
        before = workers(service.process.pid)
        assert len(before) == 2
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        await seen(lambda: not is_alive(victim), "the end of the worker")
        for _ in range(20):
            await request_codes(service.url)
        await all_serve(service, 3)
        after = workers(service.process.pid)
        assert len(after) == 2
        assert victim not in after
        assert "worker ended" in service.log
        assert service.stop() == 0

    @pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
    async def test_server_stops_after_every_worker_has_responded(
        self, service: Service, stop: signal.Signals
    ) -> None:
        """A held poll gets its response now; it is not cut off."""
        await all_serve(service)
        served = workers(service.process.pid)
        assert len(served) == 2
        devices = [await request_codes(service.url) for _ in range(8)]
        sent = 0

        async def note(step: str, _info: Any) -> None:
            nonlocal sent
            sent += step == "http11.send_request_body.complete"

        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            held = [
                asyncio.create_task(
                    client.post(
                        f"{service.url}/token",
                        data=poll_with(codes),
                        headers={"prefer": "wait=30"},
                        extensions={"trace": note},
                    )
                )
                for codes in devices
            ]
            await seen(lambda: sent == len(held), "every poll on its way")
            await seen(lambda: connections_read(service.port) >= len(held), "every poll at its worker")
            service.process.send_signal(stop)
            for response in await asyncio.gather(*held):
                assert response.json()["error"] == "authorization_pending"
        assert await asyncio.to_thread(service.process.wait, PATIENCE) == 0
        assert not any(map(is_alive, served))

    async def test_workers_end_when_the_supervisor_is_killed(self, service: Service) -> None:
        await all_serve(service)
        served = workers(service.process.pid)
        assert len(served) == 2
        service.process.kill()
        service.process.wait()
        await seen(lambda: not any(map(is_alive, served)), "the end of the workers")
        await service.start()  # the port is free

    async def test_port_in_use_is_reported_once(self, service: Service) -> None:
        done = service.command("run", "--port", str(service.port))
        assert done.returncode == 1
        assert done.stderr.count("Is another server running there?") == 1
        assert "Traceback" not in done.stderr


def connections_read(port: int) -> int:
    """Established connections to ``port`` that were accepted and wholly read, by what the kernel says."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(
        address.endswith(f":{port:04X}") and state == "01" and queues.endswith(":00000000") and inode != "0"
        for _, address, _, state, queues, _, _, _, _, inode, *_ in lines
    )


class TestRefusals:
    async def test_server_ends_if_a_worker_cannot_start(self, service: Service, tmp_path: Path) -> None:
        service.stop()
        for name in ("cert.pem", "key.pem"):
            (tmp_path / name).write_text("not what it should be")
            (tmp_path / name).chmod(0o600)
        done = service.command(
            *("run", "--port", str(service.port)),
            *("--certfile", str(tmp_path / "cert.pem"), "--keyfile", str(tmp_path / "key.pem")),
        )
        assert done.returncode == 1
        assert "A worker could not start" in done.stderr

    async def test_unreachable_database_is_reported_once(self, service: Service) -> None:
        service.stop()
        service.settings["PAIRGRANT_DATABASE"] = "postgresql://nobody@127.0.0.1:9/nothing"
        done = service.command("run", "--port", str(service.port))
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1, done.stderr

    async def test_workers_on_sqlite_are_refused_with_advice(self, service: Service) -> None:
        service.settings["PAIRGRANT_DATABASE"] = f"sqlite:///{service.folder / 'pairgrant.db'}"
        done = service.command("run", "--port", "0")
        assert done.returncode == 1
        assert "--database postgresql://" in done.stderr
        assert "PAIRGRANT_WORKERS" in done.stderr
