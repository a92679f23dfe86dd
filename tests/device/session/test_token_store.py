"""Tokens at rest: readable by their owner alone, replaced whole, changed by one at a time."""

import asyncio
import errno
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pairgrant.errors import TokenStoreError
from pairgrant.session.private_file import locked
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import (
    FileTokenStore,
    FileTokenWriter,
    default_token_file,
    token_store,
)
from pairgrant.settings import DeviceSettings
from pairgrant_protocol.secret import Secret
from tests.device.manual_clock import ManualClock

Stored = Callable[..., StoredTokens]
Keep = Callable[[StoredTokens], None]


def path_of(store: FileTokenStore) -> Path:
    return Path(store.location)


def lock(store: FileTokenStore) -> FileTokenWriter:
    writer = store.try_lock()
    assert writer is not None
    return writer


class TestPlace:
    def test_store_is_empty_before_the_first_sign_in(self, store: FileTokenStore) -> None:
        assert store.load() is None
        assert not path_of(store).parent.exists()

    def test_saved_tokens_are_loaded(self, store: FileTokenStore, stored: Stored, keep: Keep) -> None:
        keep(stored())
        assert store.load() == stored()

    def test_every_server_and_client_has_a_file_of_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", "/somewhere/state")
        pairs = [("https://a.example", "tv"), ("https://a.example", "tv2"), ("http://a.example", "tv")]
        places = {default_token_file(issuer, client_id) for issuer, client_id in pairs}
        assert len(places) == 3
        assert {str(place.parent) for place in places} == {"/somewhere/state/pairgrant"}

    def test_client_id_cannot_lead_out_of_the_folder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", "/somewhere/state")
        place = default_token_file("https://a.example", "../../etc/passwd")
        assert place.parent == Path("/somewhere/state/pairgrant")
        assert not place.name.startswith(".")

    def test_token_file_of_the_settings_is_used(self, tmp_path: Path) -> None:
        settings = DeviceSettings.checked(token_file=tmp_path / "mine.json")
        assert token_store(settings).location == str(tmp_path / "mine.json")

    def test_tokens_of_another_client_are_neither_used_nor_overwritten(
        self, store: FileTokenStore, stored: Stored, keep: Keep
    ) -> None:
        keep(stored())
        other = FileTokenStore(path_of(store), issuer="https://pair.example", client_id="other")
        with pytest.raises(TokenStoreError, match="lobby-tv"):
            other.load()


class TestPermissions:
    def test_only_the_owner_can_read_file_and_folder(
        self, store: FileTokenStore, stored: Stored, keep: Keep
    ) -> None:
        before = os.umask(0)
        try:
            keep(stored())
        finally:
            os.umask(before)
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode)
            for path in (path_of(store).parent, *path_of(store).parent.iterdir())
        }
        assert modes == {"state": 0o700, "tokens.json": 0o600, "tokens.json.lock": 0o600}

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
    def test_file_that_others_can_read_is_refused(
        self, store: FileTokenStore, stored: Stored, keep: Keep, mode: int
    ) -> None:
        keep(stored())
        path_of(store).chmod(mode)
        with pytest.raises(TokenStoreError, match="chmod 600"):
            store.load()

    def test_symbolic_link_is_not_followed(
        self, store: FileTokenStore, stored: Stored, keep: Keep, tmp_path: Path
    ) -> None:
        keep(stored())
        path_of(store).rename(tmp_path / "elsewhere.json")
        path_of(store).symlink_to(tmp_path / "elsewhere.json")
        with pytest.raises(TokenStoreError, match="symbolic link"):
            store.load()

    def test_saving_replaces_a_link_and_keeps_its_target(
        self, store: FileTokenStore, stored: Stored, tmp_path: Path
    ) -> None:
        (tmp_path / "victim").write_text("precious")
        path_of(store).parent.mkdir(mode=0o700)
        path_of(store).symlink_to(tmp_path / "victim")
        Path(f"{store.location}.new").symlink_to(tmp_path / "victim")
        writer = lock(store)
        writer.save(stored())
        writer.release()
        assert (tmp_path / "victim").read_text() == "precious"
        assert store.load() == stored()

    def test_lock_that_is_a_link_is_refused(self, store: FileTokenStore, tmp_path: Path) -> None:
        path_of(store).parent.mkdir(mode=0o700)
        Path(f"{store.location}.lock").symlink_to(tmp_path / "victim")
        with pytest.raises(TokenStoreError, match="symbolic link"):
            store.try_lock()

    def test_fifo_or_folder_is_refused_without_blocking(self, store: FileTokenStore) -> None:
        path_of(store).parent.mkdir(mode=0o700)
        os.mkfifo(path_of(store), 0o600)
        with pytest.raises(TokenStoreError, match="not a regular file"):
            store.load()

    def test_folder_of_another_account_is_refused(
        self, store: FileTokenStore, stored: Stored, keep: Keep, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep(stored())
        facts = path_of(store).parent.stat()
        monkeypatch.setattr(Path, "stat", lambda *_, **__: os.stat_result((*facts[:4], 4711, *facts[5:])))
        for use in (store.load, store.try_lock):
            with pytest.raises(TokenStoreError, match=r"belongs to another account \(user ID 4711\)"):
                use()

    def test_folder_of_root_is_used(
        self, store: FileTokenStore, stored: Stored, keep: Keep, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep(stored())
        facts = path_of(store).parent.stat()
        monkeypatch.setattr(Path, "stat", lambda *_, **__: os.stat_result((*facts[:4], 0, *facts[5:])))
        assert store.load() == stored()

    def test_folder_that_others_can_write_is_refused(self, store: FileTokenStore) -> None:
        path_of(store).parent.mkdir()
        path_of(store).parent.chmod(0o777)
        with pytest.raises(TokenStoreError, match="chmod 700"):
            store.try_lock()

    def test_sticky_folder_that_others_can_write_is_accepted(self, store: FileTokenStore) -> None:
        path_of(store).parent.mkdir()
        path_of(store).parent.chmod(0o1777)
        lock(store).release()

    def test_unusable_place_is_reported(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        store = FileTokenStore(tmp_path / "file" / "tokens.json", issuer="i", client_id="c")
        with pytest.raises(TokenStoreError, match="--token-file"):
            store.try_lock()
        with pytest.raises(TokenStoreError, match="--token-file"):
            store.load()

    def test_invalid_content_says_what_to_do(self, store: FileTokenStore) -> None:
        path_of(store).parent.mkdir(mode=0o700)
        path_of(store).touch(mode=0o600)
        path_of(store).write_bytes(b"\x1b[2J")
        with pytest.raises(TokenStoreError, match="Move it away"):
            store.load()


class TestWholeOrNotAtAll:
    def test_full_disk_keeps_the_old_tokens(
        self, store: FileTokenStore, stored: Stored, keep: Keep, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep(stored())

        def full(_descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        writer = lock(store)
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(TokenStoreError, match="no space left"):
            writer.save(stored(access_token=Secret("access-1")))
        writer.release()
        assert store.load() == stored()

    def test_reserved_room_is_enough_for_tokens_that_are_twice_as_large(
        self, store: FileTokenStore, stored: Stored, keep: Keep
    ) -> None:
        keep(stored(access_token=Secret("a" * 100_000)))
        writer = lock(store)
        writer.reserve()
        room = path_of(store).with_name("tokens.json.new").stat()
        assert room.st_blocks * 512 >= room.st_size >= 200_000
        writer.save(stored())
        writer.release()
        assert store.load() == stored()
        assert path_of(store).stat().st_size < 1000

    def test_reserved_room_is_given_back(self, store: FileTokenStore) -> None:
        writer = lock(store)
        writer.reserve()
        writer.release()
        assert [path.name for path in path_of(store).parent.iterdir()] == ["tokens.json.lock"]

    def test_leftovers_of_a_crash_are_replaced(
        self, store: FileTokenStore, stored: Stored, keep: Keep
    ) -> None:
        path_of(store).parent.mkdir(mode=0o700)
        Path(f"{store.location}.new").write_text("half")
        keep(stored())
        assert store.load() == stored()
        assert not Path(f"{store.location}.new").exists()

    def test_kill_9_at_any_moment_leaves_one_complete_sign_in(
        self, store: FileTokenStore, stored: Stored, keep: Keep
    ) -> None:
        keep(stored())
        script = textwrap.dedent(
            f"""
            from dataclasses import replace
            from pathlib import Path
            from pairgrant.session.token_store import FileTokenStore
            from pairgrant_protocol.secret import Secret

            path = Path({store.location!r})
            store = FileTokenStore(path, issuer="https://pair.example", client_id="lobby-tv")
            writer = store.try_lock()
            tokens = writer.load()
            print("writing", flush=True)
            for number in range(10**9):
                writer.save(replace(tokens, access_token=Secret(str(number) * 5000)))
            """
        )
        for _ in range(5):
            process = subprocess.Popen(
                [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
            )
            assert process.stdout is not None
            process.stdout.readline()
            for _ in range(20):
                assert store.load() is not None
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert store.load() is not None
            lock(store).release()

    def test_deleted_tokens_are_gone(self, store: FileTokenStore, stored: Stored, keep: Keep) -> None:
        keep(stored())
        writer = lock(store)
        writer.delete()
        writer.delete()
        writer.release()
        assert store.load() is None


class TestLock:
    def test_lock_is_exclusive(self, store: FileTokenStore) -> None:
        first = lock(store)
        assert store.try_lock() is None
        first.release()
        lock(store).release()

    async def test_next_writer_waits_for_the_lock(
        self, store: FileTokenStore, manual_clock: ManualClock
    ) -> None:
        first = lock(store)
        order = []

        async def second() -> None:
            async with locked(store, manual_clock.clock):
                order.append("second")

        waiting = asyncio.create_task(second())
        await manual_clock.pass_time(10)
        order.append("first")
        first.release()
        await manual_clock.pass_time(1)
        await waiting
        assert order == ["first", "second"]

    async def test_wait_for_the_lock_ends_after_a_minute(
        self, store: FileTokenStore, manual_clock: ManualClock
    ) -> None:
        first = lock(store)

        async def second() -> None:
            async with locked(store, manual_clock.clock):
                pass

        waiting = asyncio.create_task(second())
        await manual_clock.pass_time(61)
        with pytest.raises(TokenStoreError, match="holds the lock"):
            await waiting
        first.release()

    def test_lock_is_released_when_its_process_ends(self, store: FileTokenStore) -> None:
        lock(store).release()
        lock_file = store.location + ".lock"
        script = (
            f"import fcntl; f = open({lock_file!r}); fcntl.flock(f, fcntl.LOCK_EX); "
            "print('held', flush=True); input()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        assert store.try_lock() is None
        process.kill()
        process.communicate()
        lock(store).release()
