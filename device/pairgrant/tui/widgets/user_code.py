"""The user code, as large as fits; always shown, even beside a QR code (RFC 8628 §3.3.1)."""

from textual.widgets import Static

from pairgrant.tui import letter_shapes
from pairgrant.tui.code_layout import Letters, groups, spaced
from pairgrant_protocol.visible_text import visible


class UserCode(Static):
    def __init__(self, user_code: str) -> None:
        self._code = visible(user_code)
        super().__init__(self._code, markup=False)

    def write(self, letters: Letters) -> None:
        """Show the code in ``letters``; big ones require that ``letter_shapes.can_draw`` the code."""
        self.update("\n".join(_lines(self._code, letters)))


def _lines(code: str, letters: Letters) -> list[str]:
    match letters:
        case Letters.WIDE:
            return letter_shapes.draw(code, letter_shapes.WIDE_GAP)
        case Letters.BIG:
            return letter_shapes.draw(code)
        case Letters.BIG_GROUPS:
            blocks = [letter_shapes.draw(group) for group in groups(code)]
            return [row for block in blocks for row in ["", *block]][1:]
        case Letters.SPACED:
            return [spaced(code)]
        case Letters.ORDINARY:
            return [code]
