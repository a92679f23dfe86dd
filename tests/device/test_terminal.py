"""What a terminal supports, and streams that are missing, full or closed."""

import io
import os
import subprocess
import sys
from pathlib import Path

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


PROGRAM = "import sys; from pairgrant.cli import main; sys.exit(main(sys.argv[1:]))"


def run(command: str, token_file: str = "/nowhere/tokens.json") -> subprocess.CompletedProcess[str]:
    """Run ``command`` in a shell, where ``pairgrant`` is this package's command."""
    return subprocess.run(
        ["sh", "-c", command.replace("pairgrant", 'exec "$PYTHON" -c "$PROGRAM"')],
        env={**os.environ, "PYTHON": sys.executable, "PROGRAM": PROGRAM, "PAIRGRANT_TOKEN_FILE": token_file},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full"])
def test_missing_or_full_stream_does_not_change_the_exit_code(streams: str) -> None:
    done = run(f"pairgrant token {streams}")
    assert done.returncode == 5
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_descriptor_that_was_closed_is_never_that_of_a_file(tmp_path: Path) -> None:
    done = run("pairgrant enroll 2>&-", str(tmp_path / "tokens.json"))
    assert done.returncode == 0
    [record] = tmp_path.glob("*.device.json")
    assert record.read_bytes().startswith(b"{")


@pytest.mark.parametrize("streams", [">/dev/full", ">&-"])
def test_result_that_cannot_be_written_is_an_error(tmp_path: Path, streams: str) -> None:
    done = run(f"pairgrant enroll {streams}", str(tmp_path / "tokens.json"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "standard output" in done.stderr


def test_reader_that_leaves_early_causes_no_message(tmp_path: Path) -> None:
    done = run("pairgrant --help | true", str(tmp_path / "tokens.json"))
    assert (done.returncode, done.stderr) == (0, "")
