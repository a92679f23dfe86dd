"""A connection and an event loop without sockets and without time."""

import asyncio
from collections.abc import Callable
from typing import Any, cast


class Loop:
    """A virtual clock with its timers."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_soon(self, call: Callable[[], None]) -> None:
        call()

    def call_later(self, delay: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        timer = (self.now + delay, call)
        self.timers.append(timer)
        return cast("asyncio.TimerHandle", Timer(lambda: self.timers.remove(timer)))

    def go_on(self, seconds: float) -> None:
        self.now += seconds
        for timer in [timer for timer in self.timers if timer[0] <= self.now]:
            self.timers.remove(timer)
            timer[1]()


class Timer:
    def __init__(self, cancel: Callable[[], None]) -> None:
        self.cancel = cancel


class Transport(asyncio.Transport):
    """A connection from ``address``."""

    def __init__(self, address: str = "203.0.113.5") -> None:
        super().__init__()
        self.peer = (address, 4321)
        self.is_closed = False
        self.written = b""
        self.high: int | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.is_closed = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = high

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def abort(self) -> None:
        self.is_closed = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.peer if name == "peername" else default

    def is_closing(self) -> bool:
        return self.is_closed
