"""A password is verified in bounded time and number, and says nothing about who exists."""

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from threading import Event, get_native_id
from typing import Literal

import pytest
from argon2 import PasswordHasher

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.passwords import (
    MAX_LENGTH,
    Passwords,
    PasswordsBusyError,
    hashes_at_a_time,
)
from pairgrant_server.authorization_server.limits.sign_in_attempts import Lane, SignInAttempt
from pairgrant_server.authorization_server.model.records import User

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class CountingHasher(PasswordHasher):
    """Remembers against which hashes it verified."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified: list[str | bytes] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the base class names it so
        self.verified.append(hash)
        return super().verify(hash, password)


class WaitingHasher(PasswordHasher):
    """Hashes only once it is let go."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go = Event()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        assert self.go.wait(timeout=120)
        return super().hash(password, salt=salt)


def a_user(password_hash: str) -> User:
    return User("u1", "alice", password_hash, 0.0, "Alice")


async def test_the_right_password_matches_and_another_one_does_not(passwords: Passwords) -> None:
    user = a_user(await passwords.hash(Secret("correct horse")))
    assert await passwords.verify(user, Secret("correct horse"))
    assert not await passwords.verify(user, Secret("correct house"))


async def test_a_hash_is_argon2id_with_the_memory_and_passes_of_rfc_9106_in_one_lane() -> None:
    passwords = Passwords()
    try:
        assert (await passwords.hash(Secret("correct horse"))).startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    finally:
        passwords.close()


async def test_unknown_user_costs_one_verification_too() -> None:
    """Equal time by equal work: the same hasher with the same parameters for every name."""
    hasher = CountingHasher()
    passwords = Passwords(hasher, clock=lambda: 0.0)
    try:
        user = a_user(await passwords.hash(Secret("correct horse")))
        assert not await passwords.verify(None, Secret("correct horse"))
        assert not await passwords.verify(user, Secret("wrong"))
        nobodys, users = hasher.verified
        assert users == user.password_hash
        assert not hasher.check_needs_rehash(nobodys)
    finally:
        passwords.close()


@pytest.mark.parametrize("seconds", [0.08, 0.4])
@pytest.mark.parametrize("waited", [0.0, 0.93])
async def test_every_refusal_takes_as_long_whatever_its_hash_and_its_wait(
    seconds: float, waited: float
) -> None:
    """The time tells neither who has an account nor that the password of a locked one is right."""
    now = 0.0

    class SlowHasher(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the base class names it so
            nonlocal now
            now += seconds if hash == earlier else 0.13
            return super().verify(hash, password)

    async def pause(delay: float) -> None:
        nonlocal now
        now += delay

    earlier = PasswordHasher(time_cost=1, memory_cost=16, parallelism=2).hash("correct horse")
    user = a_user(earlier)
    attempt = SignInAttempt(Lane.SUSPECT, "network 192.0.2.7", "alice", delay=waited)
    passwords = Passwords(SlowHasher(1, 8, 1), pause=pause, clock=lambda: now)

    async def seconds_of(refused: User | None, password: str) -> float:
        started = now
        assert not await passwords.verify(refused, Secret(password), attempt)
        return now - started

    try:
        took = [
            await seconds_of(None, "wrong"),
            await seconds_of(user, "wrong"),
            await seconds_of(replace(user, locked=True), "correct horse"),
            await seconds_of(a_user(CHEAP.hash("correct horse")), "wrong"),
            await seconds_of(a_user(""), "correct horse"),
        ]
        assert took == [pytest.approx(1.0 + waited)] * 5
        started = now
        assert await passwords.verify(user, Secret("correct horse"), attempt)
        assert now - started == pytest.approx(seconds + waited)
    finally:
        passwords.close()


async def test_dummy_hash_matches_no_password(passwords: Passwords) -> None:
    assert not await passwords.verify(None, Secret("dummy"))


@pytest.mark.parametrize("password", ["", "x" * (MAX_LENGTH + 1), "\U0001f511" * 129])
async def test_password_of_impossible_length_never_matches(passwords: Passwords, password: str) -> None:
    """Not even an account whose hash was made from the empty bytes that such a password is reduced to."""
    user = a_user(CHEAP.hash(b""))
    assert not await passwords.verify(user, Secret(password))


async def test_full_width_and_composed_letters_are_the_same_password(passwords: Passwords) -> None:
    """NIST SP 800-63B: normalize before hashing, so that another keyboard types the same password."""
    user = a_user(await passwords.hash(Secret("caf\u00e9-\uff21\uff22\uff23")))
    assert await passwords.verify(user, Secret("cafe\u0301-ABC"))


async def test_a_lone_surrogate_is_a_wrong_password_and_no_crash(passwords: Passwords) -> None:
    user = a_user(await passwords.hash(Secret("correct horse")))
    assert not await passwords.verify(user, Secret("\ud800"))


async def test_a_broken_hash_in_the_store_is_a_refusal(passwords: Passwords) -> None:
    assert not await passwords.verify(a_user("not a hash"), Secret("correct horse"))


@pytest.fixture
def waiting_hasher() -> Iterator[WaitingHasher]:
    hasher = WaitingHasher()
    yield hasher
    hasher.go.set()


async def test_beyond_its_queue_the_server_says_busy_at_once(waiting_hasher: WaitingHasher) -> None:
    passwords = Passwords(waiting_hasher, threads=1, places=2)
    under_way = [asyncio.create_task(passwords.hash(Secret("correct horse"))) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(PasswordsBusyError):
        await passwords.hash(Secret("correct horse"))
    waiting_hasher.go.set()
    assert len(await asyncio.gather(*under_way)) == 2
    assert await passwords.hash(Secret("correct horse"))
    passwords.close()


async def test_suspect_sign_ins_for_one_name_let_those_for_another_pass() -> None:
    delayed, go = 0, asyncio.Event()

    async def pause(_seconds: float) -> None:
        nonlocal delayed
        delayed += 1
        await go.wait()

    passwords = Passwords(CHEAP, pause=pause)
    user = a_user(CHEAP.hash("correct horse"))

    def sign_in(name: str, password: str) -> asyncio.Task[bool]:
        attempt = SignInAttempt(Lane.SUSPECT, "network 192.0.2.7", name, delay=1.0)
        return asyncio.create_task(passwords.verify(user, Secret(password), attempt))

    guesses = [sign_in("alice", "wrong") for _ in range(20)]
    await asyncio.sleep(0)
    bob = sign_in("bob", "correct horse")
    await asyncio.sleep(0)
    assert delayed == 2
    go.set()
    assert await bob
    assert not any(await asyncio.gather(*guesses))
    passwords.close()


async def test_an_old_hash_is_outdated_and_a_fresh_one_is_not(passwords: Passwords) -> None:
    assert not passwords.is_outdated(a_user(await passwords.hash(Secret("correct horse"))))
    assert passwords.is_outdated(a_user(PasswordHasher(2, 16, 1).hash("correct horse")))


class NotingHasher(PasswordHasher):
    """Notes how nice the thread is that hashes."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.niceness: list[int] = []

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.niceness.append(os.getpriority(os.PRIO_PROCESS, get_native_id()))
        return super().hash(password, salt=salt)


@pytest.mark.skipif(sys.platform != "linux", reason="niceness is a thread's own on Linux alone")
async def test_hashing_threads_have_a_lower_priority() -> None:
    hasher = NotingHasher()
    passwords = Passwords(hasher, clock=lambda: 0.0)
    before = os.getpriority(os.PRIO_PROCESS, 0)
    await passwords.hash(Secret("correct horse"))
    passwords.close()
    assert hasher.niceness == [10]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


@pytest.mark.skipif(sys.platform != "linux", reason="a process is bound to cores on Linux alone")
@pytest.mark.parametrize(
    ("cores", "workers", "at_a_time"), [(1, 1, 1), (2, 1, 2), (8, 1, 2), (2, 2, 1), (8, 2, 2), (4, 8, 1)]
)
def test_hashes_do_not_share_a_core(
    monkeypatch: pytest.MonkeyPatch, cores: int, workers: int, at_a_time: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(cores)))
    assert hashes_at_a_time(workers) == at_a_time


async def test_account_without_password_takes_as_long_to_refuse() -> None:
    """Or the time would tell who signs in elsewhere."""
    hasher = CountingHasher()
    passwords = Passwords(hasher, clock=lambda: 0.0)
    assert not await passwords.verify(a_user(""), Secret("x"))
    assert not await passwords.verify(None, Secret("x"))
    assert len(set(hasher.verified)) == 1
    passwords.close()
