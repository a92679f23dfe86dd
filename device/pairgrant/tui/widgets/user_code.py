"""The user code, as large as fits; always shown, even beside a QR code (RFC 8628 §3.3.1)."""

from textual.widgets import Static

from pairgrant.tui import letter_shapes
from pairgrant.tui.code_layout import Letters
from pairgrant_protocol.visible_text import visible


class UserCode(Static):
    def __init__(self, user_code: str) -> None:
        super().__init__(visible(user_code), markup=False)

    def write(self, letters: Letters) -> None:
        """Show the code in ``letters``; big ones require that ``letter_shapes.can_draw`` their lines."""
        lines = list(letters.lines)
        self.update("\n".join(letter_shapes.draw_lines(lines, letters.scale) if letters.scale else lines))
