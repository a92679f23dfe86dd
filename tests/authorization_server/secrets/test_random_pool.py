"""Random bytes are taken from a pool, which gives each of them once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from pairgrant_server.random_pool import RandomPool

_FORK = """
import os
from pairgrant_server.random_pool import unguessable_bytes

unguessable_bytes(16)  # some are left for both
child = os.fork()
if child:
    os.waitpid(child, 0)
print(unguessable_bytes(16).hex(), flush=True)
"""


class NumberedBytes:
    """Stands for the operating system: four bytes that say which they are, again and again."""

    def __init__(self) -> None:
        self.reads: list[int] = []
        self._numbers = count()

    def __call__(self, length: int) -> bytes:
        self.reads.append(length)
        return b"".join(next(self._numbers).to_bytes(4, "big") for _ in range(-(-length // 4)))[:length]


@pytest.fixture
def system() -> NumberedBytes:
    return NumberedBytes()


def test_many_requests_share_one_read(system: NumberedBytes) -> None:
    pool = RandomPool(system)
    assert [len(pool(length)) for length in (10, 32, 12, 10, 32, 12)] == [10, 32, 12, 10, 32, 12]
    assert len(system.reads) == 1


def test_no_bytes_are_given_twice(system: NumberedBytes) -> None:
    pool = RandomPool(system)
    given = [pool(4) for _ in range(1000)]
    assert len(set(given)) == 1000


def test_threads_share_no_bytes(system: NumberedBytes) -> None:
    pool = RandomPool(system)
    with ThreadPoolExecutor(4) as threads:
        parts = threads.map(lambda _: [pool(4) for _ in range(2000)], range(4))
    assert len({one for part in parts for one in part}) == 8000


@pytest.mark.parametrize("length", [0, 1, 511, 512, 513, 5000])
def test_any_length_is_given_whole(system: NumberedBytes, length: int) -> None:
    pool = RandomPool(system)
    pool(3)
    assert len(pool(length)) == length


def test_forked_process_gives_other_bytes_than_its_parent() -> None:
    # In a process of its own, because a process with threads should not fork.
    printed = subprocess.run([sys.executable, "-c", _FORK], capture_output=True, text=True, check=True).stdout
    assert len(set(printed.split())) == 2


def test_forgotten_bytes_are_never_given(system: NumberedBytes) -> None:
    pool = RandomPool(system)
    pool(4)
    pool.forget()
    assert pool(4) == (128).to_bytes(4, "big")
