"""Lays notices out on pages: none is cut, and each page has time to be read; pure, in cells."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from pairgrant.tui.letter_shapes import size_of_lines
from pairgrant.tui.scale import headline

DWELL = 8.0
"""Seconds that a page is shown."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A notice on a page: its lines, and its number among the notices."""

    number: int
    lines: tuple[str, ...]
    scale: int = 0
    """The scale of big letters; 0: ordinary ones."""

    @property
    def rows(self) -> int:
        """Rows of its lines, without the age."""
        return size_of_lines(list(self.lines), self.scale)[1] if self.scale else len(self.lines)


Page = tuple[Piece, ...]


def pages(texts: Sequence[str], *, width: int, height: int, scale: int = 0) -> list[Page]:
    """The pages of ``texts`` in an area of ``width`` by ``height`` cells; a row for the age stands below each
    notice, and an empty row between two. The first one has big letters up to ``scale`` where they take
    half of the area at most.
    """
    rows = max(height - 1, 1)
    done: list[Page] = []
    page: list[Piece] = []
    used = 0
    for number, text in enumerate(texts):
        big, capitals = (0, []) if number else headline(text, width=width, rows=height // 2, scale=scale)
        lines = capitals or wrapped(text, max(width, 1))
        needed = Piece(number, tuple(lines), big).rows + 1
        if page and used + 1 + needed > height:
            done.append(tuple(page))
            page, used = [], 0
        while len(lines) > rows:
            done.append((Piece(number, tuple(lines[:rows])),))
            lines = lines[rows:]
        page.append(Piece(number, tuple(lines), big))
        used += page[-1].rows + 1 + (1 if used else 0)
    return [*done, tuple(page)] if page else done


def page_at(count: int, seconds: float) -> int:
    """The page of ``count`` that is shown ``seconds`` after the first one."""
    return int(seconds // DWELL) % count if count else 0


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
