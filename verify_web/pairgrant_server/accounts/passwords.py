"""Passwords, step (D): argon2id (RFC 9106) in a few threads of its own, with a bounded queue."""

import asyncio
import os
import sys
import threading
import time
import unicodedata
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.password_places import Claim
from pairgrant_server.accounts.password_queue import PasswordQueue
from pairgrant_server.authorization_server.limits.sign_in_attempts import SignInAttempt
from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.errors import PairgrantServerError

MAX_LENGTH = 128
"""Characters; enough for any passphrase, and a bound on the work of one request."""

_MAX_BYTES = 512
_LANES = 1
"""Each further lane is a thread that argon2 starts and ends several times a hash. None makes a hash dearer to
guess, and all of them delay the event loop by whole time slices."""

_MOST_AT_A_TIME = 2
_NICENESS = 10
"""A tenth of a normal share of the CPU. At 19 (a sixtieth), a sign-in took 30 s on a busy machine."""

_REFUSAL_STEP = 1.0
"""Seconds. The hash of a refusal takes a multiple of it, waits included, because a hash with other parameters
takes another time than the one for an unknown name."""

_Result = TypeVar("_Result")


class PasswordsBusyError(PairgrantServerError):
    """More people sign in at once than the server can verify passwords for in time."""


class Passwords:
    """Hashes and verifies with the second recommended parameters of RFC 9106 §4 (64 MiB, 3 passes), one lane.

    ``threads`` hashes run at a time, each with its 64 MiB; the others of ``places`` are queued. ``pause``
    waits for the delay of a sign-in, which keeps its place meanwhile, and before a refusal. ``clock`` is
    monotonic, in seconds.
    """

    def __init__(
        self,
        hasher: PasswordHasher | None = None,
        *,
        threads: int = _MOST_AT_A_TIME,
        places: int = 32,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hasher = hasher or PasswordHasher(parallelism=_LANES)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2", initializer=_lower_priority)
        self._queue = PasswordQueue(places)
        self._places = places
        self._pause = pause
        self._clock = clock
        self._dummy_hash: str | None = None

    async def hash(self, password: Secret) -> str:
        """The hash to store, with its parameters and salt.

        Raises:
            PasswordsBusyError
        """
        return await self._run(lambda: self._hasher.hash(_prepared(password)))

    async def verify(self, user: User | None, password: Secret, attempt: SignInAttempt | None = None) -> bool:
        """Whether ``password`` is the user's, who is not locked; every refusal takes as long, after its turn.

        ``attempt`` is the sign-in's place among others, if it comes from a browser.

        Raises:
            PasswordsBusyError: the queue has no place for this attempt.
        """
        matches, seconds = await self._verified(user, password, attempt)
        if not matches and (left := -seconds % _REFUSAL_STEP):
            await self._pause(left)
        return matches

    async def _verified(
        self, user: User | None, password: Secret, attempt: SignInAttempt | None
    ) -> tuple[bool, float]:
        """With the seconds that the hash took, without the wait for its turn."""
        if attempt is None:
            return await self._run(lambda: self._verify(user, _prepared(password)))
        async with self._queue.place(Claim(attempt.lane, attempt.caller, attempt.line)) as has_place:
            if not has_place:
                raise PasswordsBusyError
            if attempt.delay:
                await self._pause(attempt.delay)
            return await self._run(lambda: self._verify(user, _prepared(password)))

    def is_outdated(self, user: User) -> bool:
        """Whether the parameters have changed since the user's hash was made."""
        return self._hasher.check_needs_rehash(user.password_hash)

    def close(self) -> None:
        """Stop the threads; queued work is dropped."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _verify(self, user: User | None, prepared: bytes) -> tuple[bool, float]:
        if self._dummy_hash is None:
            self._dummy_hash = self._hasher.hash(b"dummy")
        started = self._clock()
        matches = self._matches(user, prepared, self._dummy_hash)
        return matches, self._clock() - started

    def _matches(self, user: User | None, prepared: bytes, dummy_hash: str) -> bool:
        # An account without a password takes as long to refuse as any other.
        known_hash = (user.password_hash if user is not None else "") or dummy_hash
        try:
            self._hasher.verify(known_hash, prepared)
        except (VerificationError, InvalidHashError):
            return False
        return user is not None and not user.locked and bool(user.password_hash) and bool(prepared)

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        if self._places == 0:
            raise PasswordsBusyError
        self._places -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._places += 1


def hashes_at_a_time(workers: int) -> int:
    """How many passwords each of ``workers`` processes hashes at a time: two, if it has as many cores.

    Hashes that share a core take turns in whole time slices, for which an event loop on that core would wait.
    """
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(_MOST_AT_A_TIME, cores // workers))


def _lower_priority() -> None:
    """Lower the priority of this thread below the event loop's.

    Only on Linux is niceness a property of the thread; elsewhere it would lower the whole process.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _prepared(password: Secret) -> bytes:
    """The bytes to hash: NFKC, as NIST SP 800-63B asks; empty if longer than any stored password."""
    text = password.reveal()
    if len(text) > MAX_LENGTH:
        return b""
    prepared = unicodedata.normalize("NFKC", text).encode("utf-8", "surrogatepass")
    return prepared if len(prepared) <= _MAX_BYTES else b""
