"""Passwords, step (D): argon2id (RFC 9106), away from the event loop, and never more at once than the machine can carry."""

import asyncio
import os
import sys
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.errors import PairgrantServerError

MAX_LENGTH = 128
"""Characters; enough for any passphrase, and a bound on what one request may make the server chew."""

_MAX_BYTES = 512
_NICENESS = 10
"""A tenth of an equal's share. At 19 it is a sixtieth: beside other busy programs a sign-in then took half a minute."""

_Result = TypeVar("_Result")


class PasswordsBusyError(PairgrantServerError):
    """More people sign in at once than the server can verify passwords for in time."""


class Passwords:
    """Hashes and verifies; the default hasher has the second recommended parameters of RFC 9106 (64 MiB, 3 passes).

    ``threads`` hashes run at a time, each with its 64 MiB; ``waiting`` more may queue for them.
    """

    def __init__(self, hasher: PasswordHasher | None = None, *, threads: int = 2, waiting: int = 30) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2", initializer=_give_way)
        self._places = threads + waiting
        self._nobodys_hash: str | None = None

    async def hash(self, password: Secret) -> str:
        """The hash to keep, parameters and salt included.

        Raises:
            PasswordsBusyError
        """
        return await self._run(lambda: self._hasher.hash(_prepared(password)))

    async def verify(self, user: User | None, password: Secret) -> bool:
        """Whether ``password`` is the user's; a user who does not exist takes the same time to refuse.

        Raises:
            PasswordsBusyError
        """
        return await self._run(lambda: self._verify(user, _prepared(password)))

    def is_outdated(self, user: User) -> bool:
        """Whether the parameters have changed since the user's hash was made."""
        return self._hasher.check_needs_rehash(user.password_hash)

    def close(self) -> None:
        """Let go of the threads; what still waits is dropped."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _verify(self, user: User | None, prepared: bytes) -> bool:
        if self._nobodys_hash is None:
            self._nobodys_hash = self._hasher.hash(b"nobody's")
        # Who has no password here takes as long to refuse as everyone.
        known_hash = (user.password_hash if user is not None else "") or self._nobodys_hash
        try:
            self._hasher.verify(known_hash, prepared)
        except (VerificationError, InvalidHashError):
            return False
        return user is not None and bool(user.password_hash) and bool(prepared)

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        if self._places == 0:
            raise PasswordsBusyError
        self._places -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._places += 1


def _give_way() -> None:
    """Let this thread, and those that argon2 starts from it, leave the processor to the event loop whenever it has work.

    Linux counts niceness by thread; elsewhere it is the whole process's, and stays as it is.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _prepared(password: Secret) -> bytes:
    """The bytes that are hashed: NFKC, as NIST SP 800-63B asks; nothing where the password is too long to be anyone's."""
    text = password.reveal()
    if len(text) > MAX_LENGTH:
        return b""
    prepared = unicodedata.normalize("NFKC", text).encode("utf-8", "surrogatepass")
    return prepared if len(prepared) <= _MAX_BYTES else b""
