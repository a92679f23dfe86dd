"""The one scale of the screens: a larger terminal gets larger letters and codes; pure."""

from pairgrant.tui import letter_shapes

_TEXT_ROWS = 14
"""Rows of what is around a headline: the line at the top, the text, the keys."""

_WIDTHS = ((300, 3), (120, 2))


def scale_at(width: int) -> int:
    """The scale of letters and QR codes on a screen of ``width`` columns."""
    return next((scale for least, scale in _WIDTHS if width >= least), 1)


def margin_at(width: int) -> int:
    """Empty columns at each side of every screen: 4 % of its width."""
    return width * 4 // 100


def logo_rows_at(height: int, *, headline: float) -> int:
    """Rows for a logo above a headline that may take the share ``headline`` of the height; the text has room
    first.
    """
    return max(min(height // 4, height - int(height * headline) - _TEXT_ROWS), 0)


def headline(text: str, *, width: int, rows: int, scale: int) -> tuple[int, list[str]]:
    """The largest scale up to ``scale`` at which ``text`` fits ``width`` by ``rows`` cells, and its lines;
    0 and no lines if it has to be written in ordinary letters.
    """
    capitals = " ".join(text.upper().split())
    if letter_shapes.can_draw(capitals):
        for candidate in range(scale, 0, -1):
            lines = _wrapped(capitals.split(" "), width, candidate)
            columns, needed = letter_shapes.size_of_lines(lines, candidate)
            if columns <= width and needed <= rows:
                return candidate, lines
    return 0, []


def _wrapped(words: list[str], width: int, scale: int) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if letter_shapes.size(longer, scale)[0] <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
