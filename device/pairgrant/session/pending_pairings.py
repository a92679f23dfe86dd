"""The pairings that wait for their person, beside the tokens: one file each, readable only by its owner."""

import contextlib
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pairgrant.clock import Clock
from pairgrant.errors import NoPairingError, TokenStoreError
from pairgrant.session.pending_pairing import PendingPairing
from pairgrant.session.private_file import PrivateFile, PrivateFileLock, locked
from pairgrant.session.token_store import file_stem
from pairgrant_protocol.json_object import MalformedMessageError

_HANDLE = re.compile(r"[a-z2-9]{10}")
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_INFIX = ".pairing-"


class PendingPairings:
    """The pairings in one folder, each by its handle."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    async def add(self, pairing: PendingPairing) -> str:
        """Store ``pairing``, forget those that have expired, and return its handle.

        Raises:
            TokenStoreError: the folder can't be used.
        """
        self._forget_expired()
        handle = "".join(secrets.choice(_LETTERS) for _ in range(10))
        stem = file_stem(pairing.issuer, pairing.client_id)
        file = PrivateFile(self._folder / f"{stem}{_INFIX}{handle}.json")
        async with locked(file, self._clock) as lock:
            lock.replace(pairing.serialize())
        return handle

    def find(self, handle: str) -> PendingPairing:
        """The pairing of ``handle``, to see whose it is.

        Raises:
            NoPairingError: there is no such pairing, or no longer.
            TokenStoreError: its file can't be used.
        """
        return _parsed(PrivateFile(self._path(handle)), handle)

    @asynccontextmanager
    async def taken(self, handle: str) -> AsyncIterator["TakenPairing"]:
        """The pairing of ``handle``; no other process polls for it meanwhile.

        Raises:
            NoPairingError: there is no such pairing, or no longer.
            TokenStoreError: its file can't be used.
        """
        file = PrivateFile(self._path(handle))
        async with locked(file, self._clock) as lock:
            if not file.exists():  # another process has completed it while this one waited for the lock
                _delete_lock(file)
            taken = TakenPairing(_parsed(file, handle), lock)
            yield taken
        if taken.is_done:
            _delete_lock(file)

    def _path(self, handle: str) -> Path:
        found = sorted(self._folder.glob(f"*{_INFIX}{handle}.json")) if _HANDLE.fullmatch(handle) else []
        if not found:
            raise NoPairingError(handle)
        return found[0]

    def _forget_expired(self) -> None:
        wall = self._clock.wall()
        for path in self._folder.glob(f"*{_INFIX}*.json"):
            with contextlib.suppress(TokenStoreError, MalformedMessageError, OSError):
                body = PrivateFile(path).read()
                if body is not None and PendingPairing.parse(body).has_expired(wall):
                    path.unlink()
                    _delete_lock(PrivateFile(path))


def _parsed(file: PrivateFile, handle: str) -> PendingPairing:
    body = file.read()
    if body is None:
        raise NoPairingError(handle)
    try:
        return PendingPairing.parse(body)
    except MalformedMessageError as malformed:
        raise TokenStoreError(f"{file.location} is not a pairing of this program ({malformed}).") from None


def _delete_lock(file: PrivateFile) -> None:
    """Delete the lock of a pairing that is over: its handle is never used again."""
    with contextlib.suppress(OSError):
        Path(f"{file.location}.lock").unlink()


class TakenPairing:
    """A pairing that this process may go on with."""

    def __init__(self, pairing: PendingPairing, lock: PrivateFileLock) -> None:
        self.pairing = pairing
        self.is_done = False
        self._lock = lock

    def keep(self, pairing: PendingPairing) -> None:
        """Store what has changed: when the next poll may be sent."""
        self._lock.replace(pairing.serialize())

    def delete(self) -> None:
        """Forget it, because it has ended."""
        self._lock.delete()
        self.is_done = True
