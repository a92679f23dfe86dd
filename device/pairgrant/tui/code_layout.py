"""Chooses how much of a pairing fits on a screen: always the code, then larger letters, and the QR code;
pure, in cells.
"""

from dataclasses import dataclass
from enum import Enum

from pairgrant.tui import letter_shapes

MARGIN = 2
"""Empty columns at each side with a QR code."""

NARROW_MARGIN = 1
"""Empty columns at each side without a QR code."""

GAP = 4
"""Columns between the QR code and the text beside it."""

QUIET_ZONES = (2, 1)
"""Modules of quiet zone, best first; without one no phone finds the code."""

_SHORTEST_LINE = 26
"""Least columns for the text beside a QR code."""

_ROOMY_CHROME = 7
"""Rows for header, countdown, status, keys and spacing."""

_PLAIN_CHROME = 1
"""Rows for the status only."""

_TEXT = 4
"""Rows for the two instructions and the spacing, without the address and the code."""


class Letters(Enum):
    """The letters of the code."""

    WIDE = "wide"
    """Big letters in one line, widely spaced."""
    BIG = "big"
    """Big letters in one line."""
    BIG_GROUPS = "big_groups"
    """Big letters, one line per group."""
    SPACED = "spaced"
    """Ordinary letters with spaces between them."""
    ORDINARY = "ordinary"


class Place(Enum):
    """The place of the QR code."""

    NOWHERE = "nowhere"
    BESIDE = "beside"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class CodeLayout:
    """What to draw; ``qr_columns`` are columns per module (1: half blocks, 2: full cells), ``roomy`` adds
    header and keys.
    """

    letters: Letters
    place: Place = Place.NOWHERE
    qr_columns: int = 1
    quiet: int = QUIET_ZONES[0]
    roomy: bool = False


def groups(user_code: str) -> list[str]:
    """The code in groups that are easy to read, each with the dash that follows it."""
    pieces = user_code.split("-")
    if len(pieces) > 1 and all(pieces):
        return [f"{piece}-" for piece in pieces[:-1]] + pieces[-1:]
    middle = (len(user_code) + 1) // 2
    return [user_code[:middle], user_code[middle:]] if len(user_code) > 5 else [user_code]


def spaced(user_code: str) -> str:
    return " ".join(user_code)


def code_layout(*, width: int, height: int, user_code: str, address: str, qr_side: int | None) -> CodeLayout:
    """The best layout that fits ``width`` by ``height`` cells; ``qr_side`` in modules, None without a QR
    code.

    Best is what helps a person most: a code that can be scanned, then one that can be read from across the
    room. Every layout shows the user code itself (RFC 8628 §3.3.1).
    """
    for candidate in _candidates(user_code, has_qr=qr_side is not None):
        columns, rows = _needs(candidate, user_code, address, qr_side or 0, width)
        if columns <= width and rows <= height:
            return candidate
    return CodeLayout(Letters.ORDINARY)


def _candidates(user_code: str, *, has_qr: bool) -> list[CodeLayout]:
    letter_choices = [Letters.SPACED]
    if letter_shapes.can_draw(user_code):
        letter_choices = [Letters.WIDE, Letters.BIG, Letters.BIG_GROUPS, Letters.SPACED]
    with_qr = [
        CodeLayout(letters, place, columns, quiet, roomy=True)
        for columns in (2, 1)
        for quiet in QUIET_ZONES
        for place in (Place.BESIDE, Place.ABOVE)
        for letters in letter_choices
    ]
    without = [CodeLayout(letters, roomy=roomy) for roomy in (True, False) for letters in letter_choices]
    if Letters.BIG_GROUPS in letter_choices:
        # big letters alone are better than small ones with header and keys
        without.remove(CodeLayout(Letters.SPACED, roomy=True))
        without.insert(-1, CodeLayout(Letters.SPACED, roomy=True))
    return (with_qr if has_qr else []) + without


def _needs(layout: CodeLayout, user_code: str, address: str, qr_side: int, width: int) -> tuple[int, int]:
    """Columns and rows that a layout needs."""
    code_columns, code_rows = _code_size(layout.letters, user_code)
    qr_columns = (qr_side + 2 * layout.quiet) * layout.qr_columns
    qr_rows = qr_columns // 2 if layout.qr_columns == 2 else (qr_columns + 1) // 2
    margins = 2 * (NARROW_MARGIN if layout.place is Place.NOWHERE else MARGIN) if layout.roomy else 0
    beside = qr_columns + GAP if layout.place is Place.BESIDE else 0
    room = width - margins - beside
    address_rows = -(-len(address) // room) if room > 0 else len(address)
    if not layout.roomy:
        return code_columns, address_rows + 1 + code_rows + _PLAIN_CHROME
    text_columns = max(code_columns, _SHORTEST_LINE)
    text_rows = _TEXT + address_rows + code_rows
    match layout.place:
        case Place.BESIDE:
            return margins + beside + text_columns, max(qr_rows, text_rows) + _ROOMY_CHROME
        case Place.ABOVE:
            return margins + max(qr_columns, text_columns), qr_rows + 1 + text_rows + _ROOMY_CHROME
        case Place.NOWHERE:
            return margins + text_columns, text_rows + _ROOMY_CHROME


def _code_size(letters: Letters, user_code: str) -> tuple[int, int]:
    match letters:
        case Letters.WIDE:
            return letter_shapes.width(user_code, letter_shapes.WIDE_GAP), letter_shapes.HEIGHT
        case Letters.BIG:
            return letter_shapes.width(user_code), letter_shapes.HEIGHT
        case Letters.BIG_GROUPS:
            lines = groups(user_code)
            return max(map(letter_shapes.width, lines)), len(lines) * (letter_shapes.HEIGHT + 1) - 1
        case Letters.SPACED:
            return len(spaced(user_code)), 1
        case Letters.ORDINARY:
            return len(user_code), 1
