"""The return PIN typed as a line: read only while requested, and an error if it can't be typed."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pairgrant.errors import PinRequiredError
from pairgrant.sign_in.pin_entry import NO_ENTRY, TypedLines
from pairgrant_protocol.secret import Secret


class Typing:
    """A pipe in the place of stdin, and how often a line was no digits."""

    def __init__(self) -> None:
        self.read_end, self._write_end = os.pipe()
        self.complaints = 0
        self.entry = TypedLines(self._complain, self.read_end)

    def type(self, text: bytes) -> None:
        os.write(self._write_end, text)

    def hang_up(self) -> None:
        os.close(self._write_end)
        self._write_end = -1

    def close(self) -> None:
        os.close(self.read_end)
        if self._write_end >= 0:
            os.close(self._write_end)

    def _complain(self) -> None:
        self.complaints += 1


@pytest.fixture
def typing() -> Iterator[Typing]:
    typing = Typing()
    yield typing
    typing.close()


@pytest.mark.parametrize("text", [b"042\n", b"042\r\n", b"  0 4 2 \n", b"0\t42\n"])
async def test_line_of_three_digits_is_accepted(typing: Typing, text: bytes) -> None:
    typing.type(text)
    assert await typing.entry.digits() == Secret("042")
    assert typing.complaints == 0


@pytest.mark.parametrize(
    "text", [b"\n", b"42\n", b"0042\n", b"abc\n", b"\xff\xfe\n", "٠٤٢\n".encode(), b"-42\n"]
)
async def test_line_that_is_no_return_pin_is_skipped_with_a_notice(typing: Typing, text: bytes) -> None:
    typing.type(text + b"042\n")
    assert await typing.entry.digits() == Secret("042")
    assert typing.complaints == 1


async def test_lines_may_arrive_in_pieces_or_together(typing: Typing) -> None:
    waiting = asyncio.ensure_future(typing.entry.digits())
    for piece in (b"0", b"4", b"2\n043\n"):
        typing.type(piece)
        for _ in range(3):
            await asyncio.sleep(0)
    assert await waiting == Secret("042")
    assert await typing.entry.digits() == Secret("043")


async def test_endless_line_takes_bounded_memory(typing: Typing) -> None:
    typing.type(b"9" * 5000 + b"\n042\n")
    assert await typing.entry.digits() == Secret("042")


async def test_cancelled_read_loses_no_input(typing: Typing) -> None:
    waiting = asyncio.ensure_future(typing.entry.digits())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    typing.type(b"042\n")
    assert await typing.entry.digits() == Secret("042")


async def test_closed_input_raises_pin_required(typing: Typing, tmp_path: Path) -> None:
    typing.hang_up()
    with pytest.raises(PinRequiredError):
        await typing.entry.digits()
    empty = tmp_path / "empty"
    empty.touch()
    for path in (empty, Path(os.devnull)):
        descriptor = os.open(path, os.O_RDONLY)
        with pytest.raises(PinRequiredError, match="--json"):
            await TypedLines(lambda: None, descriptor).digits()
        os.close(descriptor)
    with pytest.raises(PinRequiredError):
        await NO_ENTRY.digits()
