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
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import (
    FileTokenStore,
    FileTokenWriter,
    default_token_file,
    locked,
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
    def test_there_is_nothing_before_the_first_sign_in(self, store: FileTokenStore) -> None:
        assert store.load() is None
        assert not path_of(store).parent.exists()

    def test_what_is_kept_is_found_again(self, store: FileTokenStore, stored: Stored, keep: Keep) -> None:
        keep(stored())
        assert store.load() == stored()

    def test_every_server_and_client_has_a_file_of_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", "/somewhere/state")
        pairs = [("https://a.example", "tv"), ("https://a.example", "tv2"), ("http://a.example", "tv")]
        places = {default_token_file(issuer, client_id) for issuer, client_id in pairs}
        assert len(places) == 3
        assert {str(place.parent) for place in places} == {"/somewhere/state/pairgrant"}

    def test_no_client_id_leads_out_of_the_folder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", "/somewhere/state")
        place = default_token_file("https://a.example", "../../etc/passwd")
        assert place.parent == Path("/somewhere/state/pairgrant")
        assert not place.name.startswith(".")

    def test_a_place_of_ones_own_is_taken(self, tmp_path: Path) -> None:
        settings = DeviceSettings.checked(token_file=tmp_path / "mine.json")
        assert token_store(settings).location == str(tmp_path / "mine.json")

    def test_the_sign_in_of_another_client_is_neither_used_nor_overwritten(
        self, store: FileTokenStore, stored: Stored, keep: Keep
    ) -> None:
        keep(stored())
        other = FileTokenStore(path_of(store), issuer="https://pair.example", client_id="other")
        with pytest.raises(TokenStoreError, match="lobby-tv"):
            other.load()


class TestPermissions:
    def test_file_and_folder_are_for_their_owner_alone(
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
    def test_a_file_that_others_can_read_is_refused(
        self, store: FileTokenStore, stored: Stored, keep: Keep, mode: int
    ) -> None:
        keep(stored())
        path_of(store).chmod(mode)
        with pytest.raises(TokenStoreError, match="chmod 600"):
            store.load()

    def test_a_symbolic_link_is_not_followed(
        self, store: FileTokenStore, stored: Stored, keep: Keep, tmp_path: Path
    ) -> None:
        keep(stored())
        path_of(store).rename(tmp_path / "elsewhere.json")
        path_of(store).symlink_to(tmp_path / "elsewhere.json")
        with pytest.raises(TokenStoreError, match="symbolic link"):
            store.load()

    def test_saving_replaces_a_link_and_leaves_what_it_points_to(
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

    def test_a_lock_that_is_a_link_is_refused(self, store: FileTokenStore, tmp_path: Path) -> None:
        path_of(store).parent.mkdir(mode=0o700)
        Path(f"{store.location}.lock").symlink_to(tmp_path / "victim")
        with pytest.raises(TokenStoreError, match="symbolic link"):
            store.try_lock()

    def test_what_is_no_file_is_refused_without_waiting_for_it(self, store: FileTokenStore) -> None:
        path_of(store).parent.mkdir(mode=0o700)
        os.mkfifo(path_of(store), 0o600)
        with pytest.raises(TokenStoreError, match="not a regular file"):
            store.load()

    def test_a_folder_that_others_can_write_is_refused(self, store: FileTokenStore) -> None:
        path_of(store).parent.mkdir()
        path_of(store).parent.chmod(0o777)
        with pytest.raises(TokenStoreError, match="chmod 700"):
            store.try_lock()

    def test_but_for_one_like_tmp_where_nobody_can_replace_it(self, store: FileTokenStore) -> None:
        path_of(store).parent.mkdir()
        path_of(store).parent.chmod(0o1777)
        lock(store).release()

    def test_a_place_that_is_none_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        store = FileTokenStore(tmp_path / "file" / "tokens.json", issuer="i", client_id="c")
        with pytest.raises(TokenStoreError, match="--token-file"):
            store.try_lock()
        with pytest.raises(TokenStoreError, match="--token-file"):
            store.load()

    def test_rubbish_says_what_to_do(self, store: FileTokenStore) -> None:
        path_of(store).parent.mkdir(mode=0o700)
        path_of(store).touch(mode=0o600)
        path_of(store).write_bytes(b"\x1b[2J")
        with pytest.raises(TokenStoreError, match="Move it away"):
            store.load()


class TestWholeOrNotAtAll:
    def test_a_full_disk_leaves_the_old_tokens(
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

    def test_what_a_crash_left_behind_is_in_nobodys_way(
        self, store: FileTokenStore, stored: Stored, keep: Keep
    ) -> None:
        path_of(store).parent.mkdir(mode=0o700)
        Path(f"{store.location}.new").write_text("half")
        keep(stored())
        assert store.load() == stored()
        assert not Path(f"{store.location}.new").exists()

    def test_kill_9_at_any_moment_leaves_one_whole_sign_in(
        self, store: FileTokenStore, stored: Stored, keep: Keep
    ) -> None:
        keep(stored())
        script = textwrap.dedent(
            f"""
            from dataclasses import replace
            from pathlib import Path
            from pairgrant.session.token_store import FileTokenStore
            from pairgrant_protocol.secret import Secret

            store = FileTokenStore(Path({store.location!r}), issuer="https://pair.example", client_id="lobby-tv")
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

    def test_what_is_deleted_is_gone(self, store: FileTokenStore, stored: Stored, keep: Keep) -> None:
        keep(stored())
        writer = lock(store)
        writer.delete()
        writer.delete()
        writer.release()
        assert store.load() is None


class TestLock:
    def test_only_one_has_it(self, store: FileTokenStore) -> None:
        first = lock(store)
        assert store.try_lock() is None
        first.release()
        lock(store).release()

    async def test_the_next_one_waits_for_it(self, store: FileTokenStore, manual_clock: ManualClock) -> None:
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

    async def test_but_not_for_ever(self, store: FileTokenStore, manual_clock: ManualClock) -> None:
        first = lock(store)

        async def second() -> None:
            async with locked(store, manual_clock.clock):
                pass

        waiting = asyncio.create_task(second())
        await manual_clock.pass_time(61)
        with pytest.raises(TokenStoreError, match="holds the lock"):
            await waiting
        first.release()

    def test_it_ends_with_its_process(self, store: FileTokenStore) -> None:
        lock(store).release()
        script = f"import fcntl; f = open({store.location + '.lock'!r}); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); input()"
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        assert store.try_lock() is None
        process.kill()
        process.communicate()
        lock(store).release()
