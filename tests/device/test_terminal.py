"""What a terminal supports."""

import io

import pytest

from pairgrant.terminal import why_no_screens


class Terminal(io.TextIOWrapper):
    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("encoding", "reason"),
    [("utf-8", None), ("iso-8859-1", "the encoding of this terminal has no block characters")],
)
def test_screens_need_an_encoding_with_block_characters(
    monkeypatch: pytest.MonkeyPatch, encoding: str, reason: str | None
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for stream in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(f"sys.{stream}", Terminal(encoding))
    assert why_no_screens() == reason
