"""Tokens in the operating system's keyring: the file has a pointer, and nothing weaker takes their place."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from pairgrant.errors import DeviceSettingsError, TokenStoreError
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import FileTokenStore
from pairgrant.settings import Place
from tests.device.simulated_server import CLIENT_ID, ISSUER

Stored = Callable[..., StoredTokens]


class RingInMemory(KeyringBackend):
    """A keyring of the test's own."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def _check(self) -> None:
        if self.is_locked:
            raise KeyringLocked("hunter2")

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError


class PlainRing(RingInMemory):
    """A keyring that protects nothing."""

    priority = 0


@pytest.fixture
def ring() -> Iterator[RingInMemory]:
    before = keyring.get_keyring()
    ring = RingInMemory()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def store(tmp_path: Path, place: Place = Place.AUTO) -> FileTokenStore:
    return FileTokenStore(tmp_path / "state" / "t.json", issuer=ISSUER, client_id=CLIENT_ID, place=place)


def save(store: FileTokenStore, tokens: StoredTokens) -> None:
    writer = store.try_lock()
    assert writer is not None
    try:
        writer.reserve()
        writer.save(tokens)
    finally:
        writer.release()


def content(tmp_path: Path) -> str:
    return (tmp_path / "state" / "t.json").read_text()


def test_keyring_that_works_is_used_and_the_file_has_a_pointer(
    ring: RingInMemory, tmp_path: Path, stored: Stored
) -> None:
    kept = store(tmp_path)
    save(kept, stored())
    assert (kept.load(), kept.is_in_keyring()) == (stored(), True)
    assert json.loads(content(tmp_path)) == {"version": 1, "in_keyring": True}
    assert [service for service, _ in ring.entries] == ["pairgrant"]


def test_file_is_used_without_a_keyring(tmp_path: Path, stored: Stored) -> None:
    kept = store(tmp_path)
    save(kept, stored())
    assert (kept.load(), kept.is_in_keyring()) == (stored(), False)


def test_keyring_in_plain_text_is_none(ring: RingInMemory, tmp_path: Path, stored: Stored) -> None:
    plain = PlainRing()
    keyring.set_keyring(plain)
    save(store(tmp_path), stored())
    assert (plain.entries, ring.entries) == ({}, {})
    with pytest.raises(DeviceSettingsError, match="no keyring that works"):
        save(store(tmp_path, Place.KEYRING), stored())


def test_refreshed_tokens_stay_where_the_sign_in_put_them(
    ring: RingInMemory, tmp_path: Path, stored: Stored
) -> None:
    save(store(tmp_path, Place.FILE), stored())
    save(store(tmp_path), stored(expires_in=7))
    assert (store(tmp_path).is_in_keyring(), ring.entries) == (False, {})


def test_choice_of_a_new_sign_in_moves_the_tokens(ring: RingInMemory, tmp_path: Path, stored: Stored) -> None:
    save(store(tmp_path, Place.FILE), stored())
    save(store(tmp_path, Place.KEYRING), stored(expires_in=7))
    assert "access-0" not in content(tmp_path)
    save(store(tmp_path, Place.FILE), stored(expires_in=8))
    assert ring.entries == {}
    assert store(tmp_path).load() == stored(expires_in=8)


def test_locked_keyring_is_an_error_before_tokens_are_requested(
    ring: RingInMemory, tmp_path: Path, stored: Stored
) -> None:
    save(store(tmp_path), stored())
    ring.is_locked = True
    writer = store(tmp_path).try_lock()
    assert writer is not None
    with pytest.raises(TokenStoreError, match="Unlock it") as refused:
        writer.reserve()
    writer.release()
    assert "hunter2" not in str(refused.value)
    with pytest.raises(TokenStoreError, match="can't be read"):
        store(tmp_path).load()


def test_pointer_to_a_keyring_that_lost_the_tokens_is_no_sign_in_of_anyone_else(
    ring: RingInMemory, tmp_path: Path, stored: Stored
) -> None:
    save(store(tmp_path), stored())
    ring.entries.clear()
    with pytest.raises(TokenStoreError, match="Sign in again"):
        store(tmp_path).load()


def test_deleted_tokens_are_gone_from_both(ring: RingInMemory, tmp_path: Path, stored: Stored) -> None:
    kept = store(tmp_path)
    save(kept, stored())
    writer = kept.try_lock()
    assert writer is not None
    writer.delete()
    writer.release()
    assert (ring.entries, kept.load()) == ({}, None)


def test_sign_ins_have_entries_of_their_own(ring: RingInMemory, tmp_path: Path, stored: Stored) -> None:
    for name in ("one", "other"):
        path = tmp_path / "state" / f"{name}.json"
        save(FileTokenStore(path, issuer=ISSUER, client_id=CLIENT_ID, place=Place.AUTO), stored())
    assert len(ring.entries) == 2
