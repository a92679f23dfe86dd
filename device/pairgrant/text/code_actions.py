"""What ``login --open`` and ``login --copy`` do once there is a code."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from pairgrant.events import CodeIssued, PairingEvent, WarningIssued
from pairgrant.sign_in.local_browser import has_browser, open_browser
from pairgrant.sign_in.pairing import Announce
from pairgrant.terminal import write_sequence
from pairgrant.text.terminal_sequences import can_be_copied, copy_to_clipboard
from pairgrant.translation import Translatable

_NO_BROWSER = Translatable("This machine has no browser on a screen, so the address was not opened.")
_SENT = Translatable(
    "The code was sent to the clipboard of your terminal. Not every terminal takes it, "
    "and there is no way to know, so compare the code after pasting."
)
_NO_TERMINAL = Translatable("The code was not copied, because the output is not a terminal.")
_NO_ORDINARY_CODE = Translatable("The code was not copied, because it has unusual characters.")


@dataclass(frozen=True, slots=True)
class CodeActions:
    """``opens``: the verification address in the browser of this machine; ``copies``: the code to the
    clipboard of the terminal.
    """

    opens: bool = False
    copies: bool = False

    def following(self, announce: Announce) -> Announce:
        """``announce``, and the actions after it has shown a code."""
        if not self.opens and not self.copies:
            return announce

        def announce_and_act(event: PairingEvent) -> None:
            announce(event)
            if isinstance(event, CodeIssued):
                self.act(event, announce)

        return announce_and_act

    def act(self, code: CodeIssued, announce: Announce) -> None:
        """Copy first, because the browser may take the terminal's place."""
        if self.copies:
            announce(WarningIssued(_copied(code.user_code, write_sequence)))
        if self.opens:
            if has_browser():
                open_browser(code.verification_uri)
            else:
                announce(WarningIssued(_NO_BROWSER))


NO_ACTIONS = CodeActions()


def _copied(code: str, write: Callable[[str], bool]) -> str:
    if not can_be_copied(code):
        return _NO_ORDINARY_CODE
    return _SENT if write(copy_to_clipboard(code, os.environ)) else _NO_TERMINAL
