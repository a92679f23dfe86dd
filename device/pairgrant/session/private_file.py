"""A file that only its owner can read, replaced as a whole and changed only under a lock.

Reading needs no lock. Writing needs it, because two processes that read, change and write would each undo the
change of the other.
"""

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from pairgrant.clock import Clock
from pairgrant.errors import TokenStoreError
from pairgrant_protocol.json_object import MAX_BYTES

LONGEST_WAIT = 60.0
"""Seconds to wait for another process's refresh, which takes at most half of that
(``transport.REQUEST_TIMEOUT``).
"""

_RETRY = 0.05

_LEAST_RESERVED = 64 * 1024
"""Bytes; tokens seldom take more than a tenth of that."""


class Lock(Protocol):
    """The right to change something, until released."""

    def release(self) -> None: ...


Held_co = TypeVar("Held_co", bound=Lock, covariant=True)


class Lockable(Protocol[Held_co]):
    """Something that one process at a time may change."""

    @property
    def location(self) -> str:
        """Where it is stored, for a message."""

    def try_lock(self) -> Held_co | None:
        """The lock, or None while this or another process holds it."""


@asynccontextmanager
async def locked(store: Lockable[Held_co], clock: Clock) -> AsyncIterator[Held_co]:
    """The store's lock, as soon as it is free.

    Raises:
        TokenStoreError: another process has held the lock for a minute.
    """
    gives_up_at = clock.now() + LONGEST_WAIT
    while (held := store.try_lock()) is None:
        if clock.now() >= gives_up_at:
            raise TokenStoreError(
                f"Another process holds the lock on {store.location}. "
                "End it (look for pairgrant), then try again."
            )
        await clock.sleep(_RETRY)
    try:
        yield held
    finally:
        held.release()


class PrivateFile:
    """The file ``path``; every method raises ``TokenStoreError`` if it can't be used."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def location(self) -> str:
        return str(self._path)

    def exists(self) -> bool:
        """Whether there is a file, usable or not."""
        return os.path.lexists(self._path)

    def read(self, *, is_trusted: bool = True) -> bytes | None:
        """The content, or None if there is no file; ``is_trusted=False`` also reads what others could read or
        write, for a use in which that does no harm.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            if is_trusted:
                self._check_owner(self._path.parent.stat())
            descriptor = os.open(self._path, flags)
            try:
                if is_trusted:
                    self._check(os.fstat(descriptor))
                with os.fdopen(descriptor, "rb", closefd=False) as file:
                    return file.read(MAX_BYTES + 1)
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self._path, "be read", error) from None

    def try_lock(self) -> "PrivateFileLock | None":
        """The lock, or None while this or another process holds it."""
        self._make_directory()
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(f"{self._path}.lock", flags, 0o600)
        except OSError as error:
            raise _unusable(self._path, "be locked", error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as error:
            os.close(descriptor)
            raise _unusable(self._path, "be locked", error) from None
        return PrivateFileLock(self._path, descriptor)

    def _check(self, facts: os.stat_result) -> None:
        """Refuse a file that belongs to someone else, or that others can read."""
        if not stat.S_ISREG(facts.st_mode) or facts.st_uid != os.geteuid():
            raise TokenStoreError(
                f"{self._path} is not a regular file that you own. Move it away, then sign in again."
            )
        if facts.st_mode & 0o077:
            raise TokenStoreError(
                f"{self._path} can be read by others (mode {stat.S_IMODE(facts.st_mode):04o}). "
                f"If you trust everyone who could read it, run `chmod 600 {self._path}`; "
                "otherwise move it away and sign in again."
            )

    def _check_owner(self, directory: os.stat_result) -> None:
        """Refuse a folder of another account, which can replace files in it; root can do so anywhere."""
        if directory.st_uid not in {os.geteuid(), 0}:
            raise TokenStoreError(
                f"{self._path.parent} belongs to another account (user ID {directory.st_uid}), which could "
                "replace the tokens and the key. Choose a --token-file in a folder of your own."
            )

    def _make_directory(self) -> None:
        directory = self._path.parent
        try:
            directory.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                directory.mkdir(mode=0o700)
            facts = directory.stat()
        except OSError as error:
            raise _unusable(directory, "be used", error) from None
        self._check_owner(facts)
        mode = facts.st_mode
        if mode & 0o022 and not mode & stat.S_ISVTX:
            raise TokenStoreError(
                f"{directory} can be written by others, so the tokens and the key could be replaced. "
                f"Run `chmod 700 {directory}`, or choose another --token-file."
            )


class PrivateFileLock:
    """Holds the lock on one file; the file is replaced as a whole or not at all."""

    def __init__(self, path: Path, lock: int) -> None:
        self._path = path
        self._fresh = f"{path}.new"  # one name is enough under the lock, and a crash leaves at most one file
        self._lock = lock
        self._reserved: int | None = None

    def reserve(self) -> None:
        """Allocate the blocks of the next content, so that ``replace`` doesn't find the disk full.

        Called before something is requested that is lost if it can't be stored.
        """
        if self._reserved is not None:
            return
        try:
            self._reserved = self._new_file()
            _allocate(self._reserved, max(_LEAST_RESERVED, 2 * self._size()))
        except OSError as error:
            self._drop_reserved()
            raise _unusable(self._path, "be written", error) from None

    def replace(self, body: bytes) -> None:
        """Replace the file; returns after it was synced to the disk."""
        try:
            descriptor = self._new_file() if self._reserved is None else self._reserved
            self._reserved = None
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.truncate()
                file.flush()
                os.fsync(descriptor)
            os.replace(self._fresh, self._path)  # noqa: PTH105 - beside os.open
            self._sync_directory()
        except OSError as error:
            raise _unusable(self._path, "be written", error) from None

    def delete(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
            self._sync_directory()
        except OSError as error:
            raise _unusable(self._path, "be deleted", error) from None

    def release(self) -> None:
        self._drop_reserved()
        os.close(self._lock)  # releases the lock; the file stays, because unlinking it would race

    def _new_file(self) -> int:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._fresh)  # noqa: PTH108 - beside os.open and os.replace
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(self._fresh, flags, 0o600)

    def _size(self) -> int:
        try:
            return self._path.lstat().st_size
        except FileNotFoundError:
            return 0

    def _drop_reserved(self) -> None:
        if self._reserved is not None:
            os.close(self._reserved)
            self._reserved = None
            with contextlib.suppress(OSError):
                os.unlink(self._fresh)  # noqa: PTH108 - beside os.open

    def _sync_directory(self) -> None:
        descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _allocate(descriptor: int, size: int) -> None:
    """Give an empty file ``size`` bytes on the disk; its position stays at the start.

    Raises:
        OSError: there is no room.
    """
    try:
        os.posix_fallocate(descriptor, 0, size)
    except (AttributeError, OSError) as error:
        if getattr(error, "errno", errno.EOPNOTSUPP) not in {errno.EOPNOTSUPP, errno.EINVAL}:
            raise
        os.pwrite(descriptor, bytes(size), 0)  # a system or file system without that call
        os.fsync(descriptor)


def _unusable(path: Path, purpose: str, error: OSError) -> TokenStoreError:
    reason = (
        "it is a symbolic link"
        if error.errno == errno.ELOOP
        else (error.strerror or "unknown reason").lower()
    )
    return TokenStoreError(
        f"{path} can't {purpose}: {reason}. Fix that, or choose another file with --token-file."
    )
