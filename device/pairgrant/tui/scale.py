"""The one scale of the screens: a larger terminal gets larger letters and codes; pure."""

from pairgrant.tui import letter_shapes

_TEXT_ROWS = {1: 14, 2: 19, 3: 40}
"""Rows of what is around a headline, by the scale of the screen: the line at the top, the text, the keys."""

_GAP = 4
"""Columns between a name and the time, at scale 1."""

_WIDTHS = ((300, 3), (120, 2))


def scale_at(width: int) -> int:
    """The scale of letters and QR codes on a screen of ``width`` columns."""
    return next((scale for least, scale in _WIDTHS if width >= least), 1)


def margin_at(width: int) -> int:
    """Empty columns at each side of every screen: 4 % of its width."""
    return width * 4 // 100


def logo_rows_at(height: int, scale: int) -> int:
    """Rows for a logo above a headline, which may take a third of the height; the text has room first."""
    return max(min(height // 4, height - height // 3 - _TEXT_ROWS[scale]), 0)


def as_drawn(text: str, *, keeps_case: bool = False) -> str:
    """``text`` as big letters write it: in capitals unless it ``keeps_case``, with single spaces."""
    words = " ".join(text.replace("…", "...").split())
    return words if keeps_case else words.upper()


def headline(
    text: str, *, width: int, rows: int, scale: int, keeps_case: bool = False
) -> tuple[int, list[str]]:
    """The largest scale up to ``scale`` at which ``text`` fits ``width`` by ``rows`` cells, and its lines;
    0 and no lines if it has to be written in ordinary letters.
    """
    words = as_drawn(text, keeps_case=keeps_case)
    if letter_shapes.can_draw(words):
        for candidate in range(scale, 0, -1):
            lines = _wrapped(words.split(" "), width, candidate)
            columns, needed = letter_shapes.size_of_lines(lines, candidate)
            if columns <= width and needed <= rows:
                return candidate, lines
    return 0, []


def beside(name: str, time: str, *, width: int, rows: int, scale: int) -> tuple[int, int, int]:
    """The scales of a name and of the time at its right, and the columns for the name.

    At scale 1 the time is in ordinary letters. On larger screens both are in one row if they fit; otherwise
    the name has several lines, beside the time in the smallest letters.
    """
    if scale < 2:
        room = width - len(time) - _GAP
        return headline(name, width=room, rows=rows, scale=scale)[0], 0, room
    for candidate in range(scale, 0, -1):
        room = width - letter_shapes.size(time, candidate)[0] - _GAP * candidate
        if headline(name, width=room, rows=letter_shapes.rows_of(candidate), scale=candidate)[0] == candidate:
            return candidate, candidate, room
    room = width - letter_shapes.size(time, 1)[0] - _GAP
    return headline(name, width=room, rows=rows, scale=scale)[0], 1, room


def _wrapped(words: list[str], width: int, scale: int) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if letter_shapes.size(longer, scale)[0] <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
