"""A disk that is full: no half change, no false report of success, and reads still work.

When there is room again, so do writes, without a restart.
"""

import io
import os
import resource
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from pairgrant_server.logs import UnfailingWriter
from tests.crash.world import Person, World

_SIZE = 4 * 1024 * 1024

_SPARE = 8
"""Devices to revoke: more of these changes than fit where a device authorization does not."""


class SmallDisk:
    """A file system of a few megabytes; it is full when a ballast file takes all of its room."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self, _world: World) -> None:
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while ballast.write(bytes(4096)):
                pass
        assert os.statvfs(self._ballast).f_bavail == 0

    def make_room(self, _world: World) -> None:
        self._ballast.unlink()


class NoRoomToGrow:
    """A limit on the size of the server's files: what would make one longer fails, on any machine and for
    anyone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fill(self, world: World) -> None:
        assert world.server is not None
        longest = max(file.stat().st_size for file in self._folder.iterdir())
        resource.prlimit(world.server.pid, resource.RLIMIT_FSIZE, (longest, resource.RLIM_INFINITY))

    def make_room(self, world: World) -> None:
        assert world.server is not None
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(world.server.pid, resource.RLIMIT_FSIZE, unlimited)


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture(params=["disk", "limit"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk | NoRoomToGrow]:
    """Under the folder of the database."""
    if request.param == "limit":
        yield NoRoomToGrow(tmp_path)
        return
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "pairgrant", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small disk; the limit on a file's size is tried in its place")
    yield SmallDisk(tmp_path)
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


@dataclass
class FullServer:
    """A server whose disk has just filled up, and what it issued before."""

    world: World
    alice: Person
    pending: dict[str, Any]
    approved: dict[str, Any]
    tokens: dict[str, Any]


@pytest.fixture
async def full(disk: SmallDisk | NoRoomToGrow, world: World) -> FullServer:
    alice, approved = await world.alice(), await world.issue()
    assert (await alice.decide(approved)).is_redirect
    spare = [await world.connected() for _ in range(_SPARE)]
    full = FullServer(world, alice, await world.issue(), approved, await world.connected())
    assert (await world.bearer("GET", "/userinfo", full.tokens)).is_success
    disk.fill(world)
    await until_refused(world.ask)
    for tokens in spare:  # a change that needs fewer pages may still fit
        if (await world.revoke(tokens)).status_code == 503:
            return full
    pytest.fail("small changes still fit")


async def until_refused(ask: Callable[[], Awaitable[httpx.Response]]) -> None:
    """The last bytes of pages that were there already take a few more changes."""
    for _ in range(3000):
        response = await ask()
        if response.status_code == 503:
            assert int(response.headers["retry-after"]) > 0
            return
        assert response.status_code == 200, response.text
    pytest.fail("the disk never filled up")


async def test_changes_on_a_full_disk_get_503_and_reads_still_work(
    full: FullServer, disk: SmallDisk | NoRoomToGrow
) -> None:
    redeeming, rotating = await full.world.poll(full.approved), await full.world.refresh(full.tokens)
    revoking = await full.world.revoke(full.tokens)
    assert [response.status_code for response in (redeeming, rotating, revoking)] == [503] * 3
    assert (await full.world.poll(full.pending)).json()["error"] == "authorization_pending"
    assert (await full.world.bearer("GET", "/userinfo", full.tokens)).status_code == 200, (
        "not revoked, and not said so"
    )
    assert (await full.world.http.get("/healthz")).status_code == 200
    assert (await full.alice.open("/devices")).status_code == 200
    entered = await full.alice.enter(full.pending)
    assert (entered.status_code, int(entered.headers["retry-after"]) > 0) == (503, True)
    disk.make_room(full.world)
    assert (await full.world.poll(full.approved)).status_code == 200
    renewed = await full.world.refresh(full.tokens)
    assert renewed.status_code == 200
    assert (await full.alice.decide(full.pending)).is_redirect
    assert (await full.world.poll(full.pending)).status_code == 200
    assert (await full.world.revoke(renewed.json())).status_code == 200
    assert (await full.world.bearer("GET", "/userinfo", full.tokens)).status_code == 401
    await full.world.is_whole()


async def test_server_killed_on_a_full_disk_restarts_when_there_is_room(
    full: FullServer, disk: SmallDisk | NoRoomToGrow
) -> None:
    assert (await full.world.revoke(full.tokens)).status_code == 503
    full.world.kill()
    await full.world.death()
    if isinstance(disk, SmallDisk):
        disk.make_room(full.world)
    await full.world.start()
    assert (await full.world.poll(full.approved)).status_code == 200
    assert (await full.world.refresh(full.tokens)).status_code == 200
    await full.world.is_whole()


async def test_unwritable_log_changes_no_response(full: FullServer, disk: SmallDisk | NoRoomToGrow) -> None:
    """Every refusal is logged, on the same disk."""
    responses = [await full.world.ask() for _ in range(100)]
    assert {response.status_code for response in responses} == {503}
    assert (await full.world.poll(full.pending)).json()["error"] == "authorization_pending"


def test_log_line_that_can_not_be_written_is_dropped() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        stream = io.TextIOWrapper(full, write_through=True)
        UnfailingWriter(stream).write("device grant decided")
