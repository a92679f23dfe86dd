"""A real terminal: tmux without anyone's configuration."""

import asyncio
import os
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.journey.waiting import PATIENCE, until

Found = TypeVar("Found")


class Terminal:
    """One terminal with one program in it."""

    def __init__(self, folder: Path, columns: int, lines: int) -> None:
        self._socket = folder / f"tmux-{uuid.uuid4().hex[:8]}"
        self._size = ("-x", str(columns), "-y", str(lines))

    def tmux(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-f", "/dev/null", "-S", str(self._socket), *words],
            capture_output=True,
            text=True,
            check=check,
            # Nothing of this process's own terminal, above all not its size.
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        )
        return done.stdout

    def run(self, command: list[str], environment: dict[str, str]) -> None:
        variables = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
        # In one command: otherwise a program that ends at once closes the terminal before the option is set.
        remain = ("start-server", ";", "set-option", "-g", "remain-on-exit", "on", ";")
        self.tmux(*remain, "new-session", "-d", *self._size, *variables, *command)

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    @property
    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    @property
    def process_id(self) -> str:
        return self.tmux("display-message", "-p", "#{pane_pid}").strip()

    async def ends(self) -> None:
        """Wait until the program has ended by itself."""

        async def is_dead() -> bool:
            return self.tmux("display-message", "-p", "#{pane_dead}").strip() == "1"

        await until(is_dead, "the end of the program")

    def close(self) -> None:
        self.tmux("kill-server", check=False)  # a test may have done so before

    async def shows(self, *texts: str) -> str:
        """The screen, once all of ``texts`` stand on it."""
        return await self.gives(
            lambda screen: screen if all(text in screen for text in texts) else None, f"{texts}"
        )

    async def gives(self, look: Callable[[str], Found | None], what: str) -> Found:
        """Return what ``look`` finds on the screen, once it does: at first the screen may be half drawn."""
        try:
            async with asyncio.timeout(PATIENCE):
                while (found := look(self.screen)) is None:  # noqa: ASYNC110 - another process draws it
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(f"{what} not on the screen:\n{self.screen}")
        return found
