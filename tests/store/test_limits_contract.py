"""Limits are one count for all processes, on both engines."""

import asyncio

from pairgrant_server.authorization_server.limits.code_attempts import PER_NETWORK, Allowance, CodeAttempts
from pairgrant_server.authorization_server.limits.code_length import SHORT_TERM
from pairgrant_server.authorization_server.limits.counter import RecentCounter
from pairgrant_server.authorization_server.limits.sign_in_attempts import PER_NAME, Lane, SignInAttempts
from pairgrant_server.authorization_server.store.interface.store import Store
from tests.authorization_server.hand_clock import HandClock


async def test_guesses_at_once_at_two_processes_share_one_limit(store: Store) -> None:
    clock = HandClock()
    processes = [CodeAttempts(store, clock), CodeAttempts(store, clock)]
    guesses = [processes[number % 2].spend(network="192.0.2.7", user_id=None) for number in range(100)]
    allowances = [attempt.allowance for attempt in await asyncio.gather(*guesses)]
    assert allowances.count(Allowance.ALLOWED) == PER_NETWORK


async def test_refused_guesses_leave_no_count(store: Store) -> None:
    clock = HandClock()
    attempts = CodeAttempts(store, clock)
    await asyncio.gather(*[attempts.spend(network="192.0.2.7", user_id=None) for _ in range(100)])
    assert await RecentCounter(store, clock).recent("code network 192.0.2.7") == PER_NETWORK


async def test_passwords_at_once_at_two_processes_share_one_limit(store: Store) -> None:
    clock = HandClock()
    processes = [SignInAttempts(store, clock), SignInAttempts(store, clock)]
    tries = [processes[number % 2].spend(network="192.0.2.7", username="alice") for number in range(30)]
    lanes = [attempt.lane for attempt in await asyncio.gather(*tries)]
    assert lanes.count(Lane.NEW) == PER_NAME


async def test_code_length_follows_the_wrong_guesses_of_all_processes(store: Store) -> None:
    clock = HandClock()
    processes = [CodeAttempts(store, clock), CodeAttempts(store, clock)]
    await asyncio.gather(*[processes[number % 2].count_wrong() for number in range(SHORT_TERM + 1)])
    assert [await process.code_length() for process in processes] == [10, 10]
    clock.advance(1200)
    assert [await process.code_length() for process in processes] == [8, 8]
