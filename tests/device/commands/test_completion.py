"""The completion scripts, in real shells: what the Tab key makes of a line."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pairgrant.cli import main

PATIENCE = 60

SHELLS = [
    pytest.param(
        name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")
    )
    for name in ("bash", "zsh", "fish")
]


class InteractiveShell:
    """A shell on a terminal of its own."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
        os.close(slave)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def until(self, wanted: str) -> str:
        """All that it writes until ``wanted``."""
        written, ends_at = "", time.monotonic() + PATIENCE
        while wanted not in written:
            assert time.monotonic() < ends_at, f"{wanted!r} never came: {written!r}"
            if select.select([self._master], [], [], 1)[0]:
                written += os.read(self._master, 4096).decode(errors="replace")
        return written

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home with a profile and a file, and ``pairgrant`` in the path."""
    config = tmp_path / "home" / ".config"
    config.mkdir(parents=True)
    programs = tmp_path / "bin"
    programs.mkdir()
    (config / "pairgrant").mkdir(mode=0o700)
    profiles = config / "pairgrant" / "profiles.json"
    profiles.touch(0o600)
    profiles.write_text('{"version": 1, "profiles": {"work": {"issuer": "https://pair.example"}}}')
    (tmp_path / "home" / "ca bundle.pem").touch()
    program = programs / "pairgrant"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pairgrant "$@"\n')
    program.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PAIRGRANT_", "XDG_"))}
    return {
        **kept,
        "HOME": str(tmp_path / "home"),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
    }


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], Path]:
    """``script("bash")``: the file of its script."""

    def written(shell: str) -> Path:
        assert main(["completion", shell]) == 0
        path = tmp_path / f"completion.{shell}"
        path.write_text(capsys.readouterr().out)
        return path

    return written


@pytest.fixture
def completed(
    script: Callable[[str], Path], environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[[str, str], str]]:
    """``completed("bash", "pairgrant logi")``: the line that the shell runs after Tab and Enter, as the
    program's arguments joined by ``|``.
    """
    shells: list[InteractiveShell] = []

    def run(shell: str, line: str) -> str:
        file = script(shell)
        if shell == "fish":
            done = subprocess.run(
                ["fish", "--no-config", "-c", f"source {file}; complete -C '{line}'"],
                env=environment,
                cwd=environment["HOME"],
                capture_output=True,
                text=True,
                check=True,
            )
            words = [found.partition("\t")[0] for found in done.stdout.splitlines()]
            word = os.path.commonprefix(words)  # noqa: RUF071 - what Tab inserts
            return line.rpartition(" ")[0].replace(" ", "|") + "|" + word
        command = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
        running = InteractiveShell(command, environment, Path(environment["HOME"]))
        shells.append(running)
        prepare = "autoload -U compinit && compinit -u -D; " if shell == "zsh" else ""
        running.type(f"{prepare}source {file}; echo re''ady\n")
        running.until("ready")
        shown = """() { local IFS="|"; echo "<pairgrant|$*>"; echo en''d; }"""
        running.type(f"pairgrant{shown}; echo def''ined\n")
        running.until("defined")
        running.type(f"{line}\t\n")
        return running.until("end").rpartition("<")[2].partition(">")[0]

    yield run
    for shell in shells:
        shell.end()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("pairgrant logi", "pairgrant|login"),
        ("pairgrant login --dev", "pairgrant|login|--device-"),
        ("pairgrant login --theme high", "pairgrant|login|--theme|high-contrast"),
        ("pairgrant login --provider git", "pairgrant|login|--provider|git"),
        ("pairgrant token --ca-file ca", "pairgrant|token|--ca-file|ca bundle.pem"),
        ("pairgrant token --profile wo", "pairgrant|token|--profile|work"),
        ("pairgrant completion ba", "pairgrant|completion|bash"),
    ],
)
def test_tab_completes(completed: Callable[[str, str], str], shell: str, line: str, result: str) -> None:
    found = completed(shell, line)
    assert found.replace("\\ ", " ") == result
