"""Unguessable bytes of the operating system, read some hundred at a time.

Each read lets another thread run, and the thread that writes to SQLite nearly always wants to: a refresh that
reads three times costs 4 % more than one that takes its bytes from here.
"""

import os
from collections.abc import Callable
from io import BytesIO

_POOL_BYTES = 512
"""Enough for three pairings, so that few bytes of the future lie in memory."""


class RandomPool:
    """Gives each byte once, also to several threads (``BytesIO.read`` is atomic) and to forked processes."""

    def __init__(self, read: Callable[[int], bytes] = os.urandom) -> None:
        self._read = read
        self._unused = BytesIO()

    def __call__(self, length: int) -> bytes:
        """``length`` bytes that nothing else has been given."""
        found = self._unused.read(length)
        if len(found) < length:
            fresh = BytesIO(self._read(max(length, _POOL_BYTES)))
            found = fresh.read(length)
            self._unused = fresh
        return found

    def forget(self) -> None:
        """Give nothing any more of what has been read."""
        self._unused = BytesIO()


unguessable_bytes = RandomPool()
"""Of this process."""

os.register_at_fork(after_in_child=unguessable_bytes.forget)
