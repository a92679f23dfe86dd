"""Chooses how much of a pairing fits on a screen: always the code, then larger letters, and the QR code;
pure, in cells.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from pairgrant.tui import letter_shapes
from pairgrant.tui.scale import headline, margin_at, scale_at

_GAPS = {1: 3, 2: 5, 3: 9}
"""Columns between the QR code and the text beside it, by scale."""

QUIET_ZONES = (2, 1)
"""Modules of quiet zone, best first; without one no phone finds the code."""

_SHORTEST_LINE = 20
"""Least columns for the text beside a QR code."""


class View(Enum):
    """What the person wants to see of a code."""

    ALL = "all"
    CODE = "code"
    QR = "qr"


class Chrome(Enum):
    """How much is shown around the code."""

    ROOMY = "roomy"
    COMPACT = "compact"
    """All of it, without empty rows."""
    BARE = "bare"
    """The address, the code and the status."""
    NAKED = "naked"
    """The address and the code."""
    LINE = "line"
    """The address and the code in one row, or the code alone."""

    @property
    def fills_the_width(self) -> bool:
        """Whether there is no margin, because every column counts."""
        return self not in {Chrome.ROOMY, Chrome.COMPACT}


_CHROME_ROWS = {Chrome.ROOMY: 7, Chrome.COMPACT: 4, Chrome.BARE: 1, Chrome.NAKED: 0, Chrome.LINE: 0}
"""Rows for header, countdown, status, keys and spacing."""

_TEXT_ROWS = {Chrome.ROOMY: 4, Chrome.COMPACT: 3, Chrome.BARE: 1, Chrome.NAKED: 0, Chrome.LINE: 0}
"""Rows for the two instructions and the spacing, without the address and the code."""


class Place(Enum):
    """The place of the QR code."""

    NOWHERE = "nowhere"
    BESIDE = "beside"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Letters:
    """The lines of the code and the scale of their letters; 0: ordinary ones."""

    scale: int
    lines: tuple[str, ...]

    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        if self.scale:
            return letter_shapes.size_of_lines(list(self.lines), self.scale)
        return max(map(len, self.lines)), len(self.lines)


@dataclass(frozen=True, slots=True)
class CodeLayout:
    """What to draw; scales as in ``pairgrant.tui.scale``, ``clock_scale`` 0: ordinary digits."""

    letters: Letters
    chrome: Chrome
    place: Place = Place.NOWHERE
    qr_scale: int = 1
    quiet: int = QUIET_ZONES[0]
    clock_scale: int = 0
    has_address: bool = True
    gap: int = _GAPS[1]
    """Columns between the QR code and the text beside it."""
    text_width: int = 0
    text_rows: int = 0
    """Room for the instructions and the address."""

    @property
    def qr_columns(self) -> int:
        """Columns per module: 1, 2 and 4, so that a module takes whole cells at the larger scales."""
        return 1 << (self.qr_scale - 1)


@dataclass(frozen=True, slots=True)
class Space:
    """The terminal and what has to fit on it; ``qr_side`` in modules, 0 without a QR code."""

    width: int
    height: int
    address: str
    qr_side: int
    has_note: bool

    @property
    def inner_width(self) -> int:
        return self.width - 2 * margin_at(self.width)

    @property
    def gap(self) -> int:
        return _GAPS[scale_at(self.width)]


def groups(user_code: str) -> list[str]:
    """The code in groups that are easy to read, each with the dash that follows it."""
    pieces = user_code.split("-")
    if len(pieces) > 1 and all(pieces):
        return [f"{piece}-" for piece in pieces[:-1]] + pieces[-1:]
    middle = (len(user_code) + 1) // 2
    return [user_code[:middle], user_code[middle:]] if len(user_code) > 5 else [user_code]


def spaced(user_code: str) -> str:
    return " ".join(user_code)


def letters_within(user_code: str, *, width: int, rows: int, scale: int) -> Letters:
    """The largest letters up to ``scale`` that fit ``width`` by ``rows`` cells; ordinary ones if none do."""
    for letters in _big_letters(user_code, scale):
        columns, needed = letters.size()
        if columns <= width and needed <= rows:
            return letters
    return Letters(0, (spaced(user_code) if 2 * len(user_code) <= width else user_code,))


def code_layout(user_code: str, space: Space, view: View = View.ALL) -> CodeLayout:
    """The best layout that fits.

    Best is what helps a person most: a code that can be scanned, then one that can be read from across the
    room. Every layout shows the user code itself (RFC 8628 §3.3.1).
    """
    for candidate in _candidates(user_code, space, view):
        columns, rows = _needs(candidate, space)
        if columns <= _width_for(candidate, space) and rows <= space.height:
            return _with_room(_with_clock(candidate, space, space.height - rows), space)
    code = Letters(0, (user_code,))
    in_a_row = len(space.address) + 2 + len(user_code) <= space.width
    return CodeLayout(code, Chrome.LINE, has_address=in_a_row)


def _candidates(user_code: str, space: Space, view: View) -> Iterator[CodeLayout]:
    largest = scale_at(space.width) if view is View.ALL else 3
    ordinary = (Letters(0, (spaced(user_code),)), Letters(0, (user_code,)))
    big = list(_big_letters(user_code, largest))
    if space.qr_side and view is not View.CODE:
        yield from _with_qr(largest, list(ordinary[:1]) if view is View.QR else big or list(ordinary[:1]))
        yield from _with_qr(1, list(ordinary[:1]))
    for letters in big:
        for chrome in (Chrome.ROOMY, Chrome.COMPACT):
            yield CodeLayout(letters, chrome)
    for letters in big:
        yield CodeLayout(letters, Chrome.BARE)
    for letters in ordinary:
        for chrome in (Chrome.ROOMY, Chrome.COMPACT, Chrome.BARE, Chrome.NAKED):
            yield CodeLayout(letters, chrome)


def _big_letters(user_code: str, largest: int) -> Iterator[Letters]:
    """In one line, or in groups; the dash at the end of a line gives way to larger letters."""
    if not letter_shapes.can_draw(user_code):
        return
    lines = tuple(groups(user_code))
    for scale in range(largest, 0, -1):
        yield Letters(scale, (user_code,))
        yield Letters(scale, lines)
        yield Letters(scale, tuple(line.rstrip("-") or line for line in lines))


def _with_qr(largest: int, choices: list[Letters]) -> Iterator[CodeLayout]:
    for qr_scale in range(largest, 0, -1):
        for letters in choices:
            for chrome in (Chrome.ROOMY, Chrome.COMPACT):
                for place in (Place.BESIDE, Place.ABOVE):
                    for quiet in QUIET_ZONES:
                        yield CodeLayout(letters, chrome, place, qr_scale, quiet)


def _width_for(layout: CodeLayout, space: Space) -> int:
    return space.width if layout.chrome.fills_the_width else space.inner_width


def _needs(layout: CodeLayout, space: Space) -> tuple[int, int]:
    """Columns and rows that a layout needs."""
    code_columns, code_rows = layout.letters.size()
    qr_columns = (space.qr_side + 2 * layout.quiet) * layout.qr_columns
    qr_rows = (qr_columns + 1) // 2
    beside = qr_columns + space.gap if layout.place is Place.BESIDE else 0
    room = _width_for(layout, space) - beside
    address_rows = -(-len(space.address) // room) if room > 0 else len(space.address)
    text_rows = _TEXT_ROWS[layout.chrome] + address_rows + code_rows
    chrome = _CHROME_ROWS[layout.chrome]
    if space.has_note and not layout.chrome.fills_the_width:
        chrome += 1
    text_columns = max(code_columns, _SHORTEST_LINE)
    match layout.place:
        case Place.BESIDE:
            return beside + text_columns, max(qr_rows, text_rows) + chrome
        case Place.ABOVE:
            return max(qr_columns, text_columns), qr_rows + 1 + text_rows + chrome
        case Place.NOWHERE:
            return code_columns, text_rows + chrome


def text_scale(texts: Sequence[str], layout: CodeLayout, largest: int) -> int:
    """The largest scale up to ``largest`` at which all ``texts`` fit their room; 0: ordinary letters."""
    for scale in range(largest, 0, -1):
        fitted = [
            headline(text, width=layout.text_width, rows=layout.text_rows, scale=scale, keeps_case=True)
            for text in texts
        ]
        needed = sum(letter_shapes.size_of_lines(lines, scale)[1] for _, lines in fitted if lines)
        if all(found == scale for found, _ in fitted) and needed <= layout.text_rows:
            return scale
    return 0


def _with_clock(layout: CodeLayout, space: Space, rows_left: int) -> CodeLayout:
    """The same layout with the largest countdown that the empty rows allow, smaller than the code."""
    if layout.chrome is not Chrome.ROOMY:
        return layout
    for scale in range(max(scale_at(space.width) - 1, 1), 0, -1):
        if letter_shapes.rows_of(scale) <= rows_left:
            return replace(layout, clock_scale=scale)
    return layout


def _with_room(layout: CodeLayout, space: Space) -> CodeLayout:
    """The same layout with the room that it leaves to the instructions."""
    width, rows = _width_for(layout, space), space.height - _CHROME_ROWS[layout.chrome]
    if layout.clock_scale:
        rows -= letter_shapes.rows_of(layout.clock_scale)
    if space.has_note and not layout.chrome.fills_the_width:
        rows -= 1
    qr_columns = (space.qr_side + 2 * layout.quiet) * layout.qr_columns
    if layout.place is Place.BESIDE:
        width -= qr_columns + space.gap
    elif layout.place is Place.ABOVE:
        rows -= (qr_columns + 1) // 2 + 1
    spacing = scale_at(space.width) - 1
    rows -= layout.letters.size()[1] + _TEXT_ROWS[layout.chrome] - 2 + 2 * spacing
    return replace(layout, gap=space.gap, text_width=width, text_rows=rows)
