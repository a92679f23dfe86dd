"""A source of random bytes for tests."""


class CountedBytes:
    """Random bytes that say how many were drawn."""

    def __init__(self) -> None:
        self.drawn: list[int] = []

    def __call__(self, size: int) -> bytes:
        self.drawn.append(size)
        return bytes([len(self.drawn)]) * size
