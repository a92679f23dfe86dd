"""How much of a pairing fits on a screen: the code always, then its size, the address, and the QR code; pure, in cells."""

from dataclasses import dataclass
from enum import Enum

from pairgrant.tui import letter_shapes

MARGIN = 2
"""Columns left empty at each side beside or under a QR code."""

NARROW_MARGIN = 1
"""Columns left empty at each side without one."""

GAP = 4
"""Columns between the QR code and the words beside it."""

QUIET_ZONES = (2, 1)
"""Modules of quiet zone, best first; with none no reader finds the code."""

_SHORTEST_LINE = 26
"""Columns that the words beside a QR code need at least."""

_ROOMY_CHROME = 7
"""Rows for header, countdown, status, keys and the space around them."""

_PLAIN_CHROME = 1
"""Rows for the status alone."""

_WORDS = 4
"""Rows for the two instructions and the space between them, beside the address and the code."""


class Letters(Enum):
    """How the code is written."""

    WIDE = "wide"
    """Big letters in one line, with air between them."""
    BIG = "big"
    """Big letters in one line."""
    BIG_GROUPS = "big_groups"
    """Big letters, one line a group."""
    SPACED = "spaced"
    """Ordinary letters with spaces between them."""
    ORDINARY = "ordinary"


class Place(Enum):
    """Where the QR code is."""

    NOWHERE = "nowhere"
    BESIDE = "beside"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class CodeLayout:
    """What to draw; ``qr_columns`` are columns a module (1: half blocks, 2: whole cells), ``roomy`` is with all around it."""

    letters: Letters
    place: Place = Place.NOWHERE
    qr_columns: int = 1
    quiet: int = QUIET_ZONES[0]
    roomy: bool = False


def groups(user_code: str) -> list[str]:
    """The code in pieces that the eye can hold, each with the dash that follows it."""
    pieces = user_code.split("-")
    if len(pieces) > 1 and all(pieces):
        return [f"{piece}-" for piece in pieces[:-1]] + pieces[-1:]
    middle = (len(user_code) + 1) // 2
    return [user_code[:middle], user_code[middle:]] if len(user_code) > 5 else [user_code]


def spaced(user_code: str) -> str:
    return " ".join(user_code)


def code_layout(*, width: int, height: int, user_code: str, address: str, qr_side: int | None) -> CodeLayout:
    """The most that fits on a screen of ``width`` by ``height`` cells; ``qr_side`` in modules, None without a code.

    The order below is the order of what helps a person most: a code that can be scanned, then one that can be read
    from across the room. The code itself is in all of them (RFC 8628 §3.3.1).
    """
    for candidate in _candidates(user_code, has_qr=qr_side is not None):
        columns, rows = _needs(candidate, user_code, address, qr_side or 0, width)
        if columns <= width and rows <= height:
            return candidate
    return CodeLayout(Letters.ORDINARY)


def _candidates(user_code: str, *, has_qr: bool) -> list[CodeLayout]:
    writings = [Letters.SPACED]
    if letter_shapes.can_draw(user_code):
        writings = [Letters.WIDE, Letters.BIG, Letters.BIG_GROUPS, Letters.SPACED]
    with_qr = [
        CodeLayout(letters, place, columns, quiet, roomy=True)
        for columns in (2, 1)
        for quiet in QUIET_ZONES
        for place in (Place.BESIDE, Place.ABOVE)
        for letters in writings
    ]
    without = [CodeLayout(letters, roomy=roomy) for roomy in (True, False) for letters in writings]
    if Letters.BIG_GROUPS in writings:  # big and bare is better than small with everything around it
        without.remove(CodeLayout(Letters.SPACED, roomy=True))
        without.insert(-1, CodeLayout(Letters.SPACED, roomy=True))
    return (with_qr if has_qr else []) + without


def _needs(layout: CodeLayout, user_code: str, address: str, qr_side: int, width: int) -> tuple[int, int]:
    """Columns and rows that a layout takes."""
    code_columns, code_rows = _code_size(layout.letters, user_code)
    qr_columns = (qr_side + 2 * layout.quiet) * layout.qr_columns
    qr_rows = qr_columns // 2 if layout.qr_columns == 2 else (qr_columns + 1) // 2
    margins = 2 * (NARROW_MARGIN if layout.place is Place.NOWHERE else MARGIN) if layout.roomy else 0
    beside = qr_columns + GAP if layout.place is Place.BESIDE else 0
    room = width - margins - beside
    address_rows = -(-len(address) // room) if room > 0 else len(address)
    if not layout.roomy:
        return code_columns, address_rows + 1 + code_rows + _PLAIN_CHROME
    words_columns = max(code_columns, _SHORTEST_LINE)
    words_rows = _WORDS + address_rows + code_rows
    match layout.place:
        case Place.BESIDE:
            return margins + beside + words_columns, max(qr_rows, words_rows) + _ROOMY_CHROME
        case Place.ABOVE:
            return margins + max(qr_columns, words_columns), qr_rows + 1 + words_rows + _ROOMY_CHROME
        case Place.NOWHERE:
            return margins + words_columns, words_rows + _ROOMY_CHROME


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
