"""Lays notices out as cards: the newest one stays, the others take turns on pages, and none is cut; pure, in
cells.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from pairgrant.tui.letter_shapes import size_of_lines
from pairgrant.tui.scale import headline

DWELL = 8.0
"""Seconds that a page is shown."""

INDENT = 2
"""Columns of the bar at the left of a card."""

COLUMN_GAP = 3
"""Columns between two cards."""

_ROWS_FOR_PADDING = 24
"""Rows of an area from which cards have an empty row above and below their text."""

_MOST_ROWS = (3 / 4, 1 / 2)
"""Shares of the area that the newest notice may take, the larger one on large screens only."""

_WIDTH_FOR_COLUMNS = 140
"""Columns of an area from which cards stand side by side."""


@dataclass(frozen=True, slots=True)
class Card:
    """A notice as it is drawn: its number among the notices, its lines and the scale of its letters."""

    number: int
    lines: tuple[str, ...]
    scale: int = 0
    """The scale of big letters; 0: ordinary ones."""
    padding: int = 0
    """Empty rows above and below."""

    @classmethod
    def fitted(cls, number: int, text: str, room: tuple[int, int], scale: int, padding: int) -> "Card":
        """The card of ``text`` in letters up to ``scale`` that fit ``room``, its columns and rows."""
        width, rows = max(room[0] - INDENT - padding, 1), room[1] - 1 - 2 * padding
        big, lines = headline(text, width=width, rows=rows, scale=scale, keeps_case=True)
        return cls(number, tuple(lines or wrapped(text, width)), big, padding)

    @property
    def rows(self) -> int:
        """Rows of the card, with the age below its lines."""
        lines = size_of_lines(list(self.lines), self.scale)[1] if self.scale else len(self.lines)
        return lines + 1 + 2 * self.padding


Page = tuple[tuple[Card, ...], ...]
"""The cards of each column."""


@dataclass(frozen=True, slots=True)
class Board:
    """``newest`` stands above all pages; None where it takes its turn as the others do."""

    newest: Card | None = None
    pages: tuple[Page, ...] = ()
    column_width: int = 0
    width: int = 0
    """Columns of all cards side by side."""


def lay_out(texts: Sequence[str], *, width: int, height: int, scale: int) -> Board:
    """The board of ``texts``, the newest one first, in an area of ``width`` by ``height`` cells.

    The newest one has letters up to ``scale``. The others have ordinary ones, and on the largest screens big
    ones, because ordinary ones can't be read from a distance there.
    """
    if not texts:
        return Board()
    padding = 1 if height >= _ROWS_FOR_PADDING else 0
    columns = (2 if scale > 2 else 3) if width >= _WIDTH_FOR_COLUMNS else 1
    column_width = (width - (columns - 1) * COLUMN_GAP) // columns
    used = columns * (column_width + COLUMN_GAP) - COLUMN_GAP
    letters = 1 if scale > 2 else 0
    for most in _MOST_ROWS if scale > 1 else _MOST_ROWS[1:]:
        newest = Card.fitted(0, texts[0], (used, int(height * most)), scale, padding)
        left = height - newest.rows - 1
        others = [
            Card.fitted(number, text, (column_width, left), letters, 0 if letters else padding)
            for number, text in enumerate(texts[1:], start=1)
        ]
        if newest.rows <= height * (most if others else 1) and all(card.rows <= left for card in others):
            return Board(newest, tuple(_pages(others, columns, left)), column_width, used)
    pieces = (piece for number, text in enumerate(texts) for piece in _pieces(number, text, width, height))
    return Board(None, tuple(_pages(pieces, 1, height)), width, width)


def page_at(count: int, seconds: float) -> int:
    """The page of ``count`` that is shown ``seconds`` after the first one."""
    return int(seconds // DWELL) % count if count else 0


def _pieces(number: int, text: str, width: int, height: int) -> Iterable[Card]:
    """A notice in cards that each fit the area; a longer one goes on on the next page."""
    lines, rows = wrapped(text, max(width - INDENT, 1)), max(height - 1, 1)
    return (Card(number, tuple(lines[start : start + rows])) for start in range(0, len(lines), rows))


def _pages(cards: Iterable[Card], columns: int, height: int) -> list[Page]:
    """The cards in order, each below the shortest column; a page ends where the next card doesn't fit."""
    done: list[list[list[Card]]] = []
    used: list[int] = []
    for card in cards:
        shortest = used.index(min(used)) if used else 0
        if not used or used[shortest] + card.rows > height:
            done.append([[] for _ in range(columns)])
            used, shortest = [0] * columns, 0
        done[-1][shortest].append(card)
        used[shortest] += card.rows + 1
    return [tuple(map(tuple, page)) for page in done]


def wrapped(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` cells, broken at spaces where possible."""
    lines = [""]
    for word in text.split():
        for part in _parts(word, width):
            longer = f"{lines[-1]} {part}" if lines[-1] else part
            if cell_len(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(part)
    return lines


def _parts(word: str, width: int) -> list[str]:
    parts = [""]
    for character in word:
        if cell_len(parts[-1] + character) > width and parts[-1]:
            parts.append("")
        parts[-1] += character
    return parts
