"""The record of a device: its key and its person's choice, for one server and client, until it is deleted."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from pairgrant.errors import TokenStoreError
from pairgrant.oauth.dpop_key import thumbprint
from pairgrant.session.device_file import DeviceFile, device_file
from pairgrant.session.device_record import LoginWay
from pairgrant.settings import DeviceSettings
from tests.device.manual_clock import ManualClock

ISSUER = "https://pair.example"


def file_of(
    folder: Path,
    clock: ManualClock,
    *,
    issuer: str = ISSUER,
    client_id: str = "lobby-tv",
    name: str = "tokens.json",
) -> DeviceFile:
    settings = DeviceSettings.checked(issuer=issuer, client_id=client_id, token_file=folder / name)
    return device_file(settings, clock.clock)


@pytest.fixture
def record(tmp_path: Path, manual_clock: ManualClock) -> DeviceFile:
    return file_of(tmp_path / "state", manual_clock)


def write(record: DeviceFile, text: str) -> None:
    path = Path(record.location)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


class TestKey:
    async def test_key_is_made_once_and_kept(
        self, record: DeviceFile, tmp_path: Path, manual_clock: ManualClock
    ) -> None:
        key = await record.key()
        assert await file_of(tmp_path / "state", manual_clock).key() == key
        assert len(thumbprint(key)) == 43

    async def test_token_files_of_one_folder_share_the_key(
        self, record: DeviceFile, tmp_path: Path, manual_clock: ManualClock
    ) -> None:
        other = file_of(tmp_path / "state", manual_clock, name="other.json")
        assert await other.key() == await record.key()

    @pytest.mark.parametrize("other", [{"issuer": "https://other.example"}, {"client_id": "other"}])
    async def test_every_server_and_client_sees_a_key_of_its_own(
        self, record: DeviceFile, tmp_path: Path, manual_clock: ManualClock, other: dict[str, str]
    ) -> None:
        """Two servers that compare their keys must not recognise a device."""
        assert await file_of(tmp_path / "state", manual_clock, **other).key() != await record.key()

    async def test_simultaneous_first_uses_get_one_key(
        self, record: DeviceFile, tmp_path: Path, manual_clock: ManualClock
    ) -> None:
        held = record._file.try_lock()
        assert held is not None
        others = [asyncio.create_task(file_of(tmp_path / "state", manual_clock).key()) for _ in range(3)]
        await manual_clock.pass_time(1)
        held.release()
        await manual_clock.pass_time(1)
        assert len({key.reveal() for key in await asyncio.gather(*others)}) == 1

    def test_only_the_owner_can_read_it(self, record: DeviceFile) -> None:
        asyncio.run(record.key())
        path = Path(record.location)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o640)
        with pytest.raises(TokenStoreError, match="chmod 600"):
            asyncio.run(record.key())

    async def test_key_is_not_in_a_repr(self, record: DeviceFile) -> None:
        secret = json.loads((await record.key()).reveal())["d"]
        assert secret not in repr(record.load())


class TestInvalidRecord:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            '{"version": 2, "issuer": "https://pair.example", "client_id": "lobby-tv"}',
            '{"version": 1, "issuer": "https://pair.example", "client_id": "lobby-tv", "dpop_key": "x"}',
        ],
        ids=["empty", "list", "later version", "no key"],
    )
    def test_message_says_how_to_delete_it_and_that_works(self, record: DeviceFile, text: str) -> None:
        write(record, text)
        with pytest.raises(TokenStoreError, match="pairgrant logout --forget-device"):
            asyncio.run(record.key())
        assert Path(record.location).read_text() == text
        assert asyncio.run(record.forget())
        asyncio.run(record.key())

    async def test_record_of_another_server_is_not_used(self, record: DeviceFile) -> None:
        write(record, '{"version": 1, "issuer": "https://other.example", "client_id": "lobby-tv"}')
        with pytest.raises(TokenStoreError, match=r"other\.example"):
            await record.key()


class TestForget:
    async def test_next_use_makes_a_new_key(self, record: DeviceFile) -> None:
        key = await record.key()
        assert await record.forget()
        assert await record.key() != key

    async def test_nothing_to_forget_creates_no_file(self, record: DeviceFile) -> None:
        assert not await record.forget()
        assert not Path(record.location).parent.exists()


class TestChoice:
    async def test_choice_is_remembered_until_the_next_and_the_key_stays(self, record: DeviceFile) -> None:
        key = await record.key()
        assert record.load().login_way is None
        for way in LoginWay:
            await record.remember(way)
            assert (record.load().login_way, await record.key()) == (way, key)

    def test_choice_of_a_later_version_is_ignored(self, record: DeviceFile) -> None:
        members = {"version": 1, "issuer": ISSUER, "client_id": "lobby-tv", "login_way": "telepathy"}
        write(record, json.dumps(members))
        assert record.load().login_way is None
