"""What the PIN of a locked kiosk opens; these panels close by themselves when no key is pressed."""

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from pairgrant.translation import Translatable, gettext
from pairgrant.tui.pin_check import PinCheck
from pairgrant.tui.screens.panel import Panel
from pairgrant.tui.widgets.digit_pad import DigitPad
from pairgrant.tui.widgets.key_hints import KeyHints
from pairgrant.tui.widgets.visible_text import VisibleText
from pairgrant.ui_texts import minutes_and_seconds

LONGEST_PIN = 12

_LOCKED = Translatable("Locked")
_TYPE_PIN = Translatable("Type the PIN, then OK.")


class StaffPanel(Panel[bool]):
    """A panel in front of any screen, which stays when the screen behind it changes."""

    def again(self) -> "StaffPanel":
        """The same panel once more, in front of another screen."""
        raise NotImplementedError


class PinPanel(StaffPanel):
    """Asks for the PIN; the result is True once it was right."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "send"),
        ("backspace", "delete"),
        ("escape", "dismiss(False)"),
    ]

    def __init__(self, check: PinCheck, note_wrong: Callable[[int], None], typed: str = "") -> None:
        super().__init__()
        self._check = check
        self._note_wrong = note_wrong
        self._typed = typed

    def again(self) -> "PinPanel":
        return PinPanel(self._check, self._note_wrong, self._typed)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="panel pin-panel"):
            with Vertical(classes="beside-pad"):
                yield VisibleText(_LOCKED, classes="strong")
                yield VisibleText(id="typed-pin")
                yield VisibleText(id="pin-says")
            yield DigitPad()

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.tick()

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(DigitPad).fit(width=event.size.width, height=event.size.height)

    def on_key(self, event: events.Key) -> None:
        digit = event.character or ""
        if len(digit) == 1 and digit in "0123456789" and len(self._typed) < LONGEST_PIN:
            self._typed += digit
            self.tick()

    def action_delete(self) -> None:
        self._typed = self._typed[:-1]
        self.tick()

    def action_send(self) -> None:
        """Check the digits, unless a wrong PIN still costs time."""
        if not self._typed or self._check.wait:
            return
        typed, self._typed = self._typed, ""
        if self._check.is_right(typed):
            self.dismiss(result=True)
            return
        self._note_wrong(self._check.wrong)
        self.tick()

    def tick(self) -> None:
        """Update the marks for the digits, and the time to wait."""
        self.query_one("#typed-pin", VisibleText).set_text(" ".join("*" * len(self._typed)) or "_")
        self.query_one("#pin-says", VisibleText).set_text(self._says())

    def _says(self) -> str:
        if not self._check.wait:
            return _TYPE_PIN
        left = minutes_and_seconds(self._check.wait)
        if self._check.wrong:
            return gettext("Wrong PIN. Wait {left}.", left=left)
        return gettext("Wait {left}.", left=left)


class StaffMenu(StaffPanel):
    """What a person with the PIN may do; while it is open, the actions of the app are allowed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("i", "app.details"),
        ("l", "app.sign_out"),
        ("q", "app.leave"),
        ("escape", "dismiss(False)"),
    ]

    def __init__(self, *, is_signed_in: bool) -> None:
        super().__init__()
        self._is_signed_in = is_signed_in

    def again(self) -> "StaffMenu":
        return StaffMenu(is_signed_in=self._is_signed_in)

    def compose(self) -> ComposeResult:
        signed_in = (
            (("i", Translatable("Details")), ("l", Translatable("Sign out"))) if self._is_signed_in else ()
        )
        with Vertical(classes="panel staff-menu"):
            yield VisibleText(Translatable("Unlocked"), classes="strong")
            yield KeyHints(*signed_in, ("q", Translatable("Quit")), ("escape", Translatable("Back")))
