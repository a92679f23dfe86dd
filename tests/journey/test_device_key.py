"""The key of a device at a real server, which starts pairings only for devices that it knows."""

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journey.service import Service
from tests.journey.waiting import PATIENCE, until

Pairgrant = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def words(service: Service, tmp_path: Path) -> tuple[str, ...]:
    """The server, the client and the place of the key."""
    return (
        *("--issuer", service.url, "--client-id", "lobby-tv"),
        *("--token-file", str(tmp_path / "device" / "tokens.json")),
    )


@pytest.fixture
def pairgrant(service: Service, words: tuple[str, ...]) -> Pairgrant:
    """``pairgrant("logout")``: the command on the device, to its end."""

    def run(command: str, *more: str) -> subprocess.CompletedProcess[str]:
        return service.programs.run("pairgrant", command, *words, *more, environment=service.environment)

    return run


def codes_in(log: Path) -> list[str]:
    """The user codes that a ``login --json`` has printed so far."""
    lines = log.read_text().splitlines(keepends=True) if log.exists() else []
    events = [json.loads(line) for line in lines if line.endswith("\n")]
    return [event["user_code"] for event in events if event["event"] == "code"]


async def connect(service: Service, words: tuple[str, ...], log: Path) -> None:
    """A sign-in of the device that the operator approves."""
    login = service.programs.start(
        "pairgrant", "login", "--json", *words, environment=service.environment, log=log
    )

    async def has_a_code() -> bool:
        return codes_in(log) != [] or login.poll() is not None

    await until(has_a_code, "a code")
    (code,) = codes_in(log)
    assert service.command("approve", code, "--user", "alice").returncode == 0
    assert login.wait(PATIENCE) == 0


def require_known_devices(service: Service) -> None:
    done = service.command("client", "set", "lobby-tv", "--require-known-device")
    assert done.returncode == 0, done


def is_refused(pairgrant: Pairgrant) -> bool:
    done = pairgrant("login", "--json")
    (event,) = (json.loads(line) for line in done.stdout.splitlines())
    return (done.returncode, event["error"]) == (1, "unauthorized_client") and "enroll" in event["message"]


async def test_device_that_the_operator_enrolled_may_start(
    service: Service, words: tuple[str, ...], pairgrant: Pairgrant, tmp_path: Path
) -> None:
    require_known_devices(service)
    assert is_refused(pairgrant)
    enrolled = json.loads(pairgrant("enroll", "--json", "--device-name", "Lobby screen").stdout)
    program, *command = shlex.split(enrolled["command"])
    assert program == "pairgrant-server"
    assert service.command(*command).returncode == 0
    await connect(service, words, tmp_path / "login.log")


async def test_device_that_is_connected_may_start_again_until_it_signs_out(
    service: Service, words: tuple[str, ...], pairgrant: Pairgrant, tmp_path: Path
) -> None:
    """Authenticate, then initiate (RFC 10027)."""
    await connect(service, words, tmp_path / "first.log")
    require_known_devices(service)
    await connect(service, words, tmp_path / "second.log")
    assert pairgrant("logout").returncode == 0
    assert is_refused(pairgrant)
