"""Textual's driver of a terminal, made safe for one that anybody can type at."""

import os
import selectors
import signal
from codecs import getincrementaldecoder
from typing import Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.message import Message

_LARGEST_READ = 4096
_MOST_CELLS = 250_000
"""Of a terminal; larger ones than any wall has would take minutes to draw."""

_PAUSE = 0.1
"""Seconds; as long as a lone Esc may wait for the rest of a sequence."""

_END_OF_PASTE = "\x1b[201~"
_PAUSES_IN_PASTE = 3
"""Pauses after which a paste counts as ended: without its end, no key would be taken for one again."""


class TerminalDriver(LinuxDriver):
    """No input ends the program: Textual itself ends it at a byte that is no UTF-8, and at a sequence that
    its parser can't read.
    """

    def run_input_thread(self) -> None:
        """Pass on what is typed, until the app ends or the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            pauses = 0
            while not self.exit_event.is_set():
                pauses += 1
                text = _END_OF_PASTE if pauses == _PAUSES_IN_PASTE else ""
                if selector.select(_PAUSE):
                    pauses = 0
                    try:
                        typed = os.read(self.fileno, _LARGEST_READ)
                    except OSError:
                        return
                    if not typed:
                        return
                    text = decode(typed)
                try:
                    for message in [*(parser.feed(text) if text else ()), *parser.tick()]:
                        self.process_message(message)
                except Exception:  # noqa: BLE001 - whatever a sequence does to the parser, the next key works
                    parser = XTermParser(self._debug)

    def process_message(self, message: Message) -> None:
        """Pass ``message`` on, unless it is a size typed as a sequence that no terminal has."""
        if isinstance(message, Resize) and message.size.area > _MOST_CELLS:
            return
        super().process_message(message)


class LockedDriver(TerminalDriver):
    """For a locked kiosk: Textual would suspend the program on SIGTSTP."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
