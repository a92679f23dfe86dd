"""Identifiers of rows.

They begin with the time, so that new rows go to one end of the index and a sweep is one range.
"""

from collections.abc import Callable

RandomBytes = Callable[[int], bytes]
"""``RandomBytes(n)`` gives ``n`` unguessable bytes: ``os.urandom``."""

ID_BYTES = 16
SECRET_BYTES = 32
_TIME_BYTES = 6
ID_RANDOM_BYTES = ID_BYTES - _TIME_BYTES


def new_id(now: float, random_bytes: RandomBytes) -> bytes:
    """16 bytes: milliseconds of Unix time, then 80 random bits."""
    return id_of(now, random_bytes(ID_RANDOM_BYTES))


def id_of(now: float, random: bytes) -> bytes:
    """``new_id`` of ``ID_RANDOM_BYTES`` unguessable bytes."""
    return _milliseconds(now) + random


def first_id_at(now: float) -> bytes:
    """The smallest identifier that can be made at ``now``."""
    return _milliseconds(now) + bytes(ID_RANDOM_BYTES)


def _milliseconds(now: float) -> bytes:
    return max(int(now * 1000), 0).to_bytes(_TIME_BYTES, "big")
