"""Big letters drawn with half blocks: five by seven points in five by four cells, easy to tell apart.

They don't depend on colours, so they are readable on any terminal. A code with a character that has no shape
here is shown in ordinary letters.
"""

HEIGHT = 4
"""Rows of cells per line of big letters."""

_POINT_ROWS = 7

WIDE_GAP = 2
"""Columns between widely spaced letters; otherwise 1."""

_HALF_BLOCKS = {("#", "#"): "█", ("#", "."): "▀", (".", "#"): "▄", (".", "."): " "}

_SHAPES = {
    "A": ".###. #...# #...# ##### #...# #...# #...#",
    "B": "####. #...# #...# ####. #...# #...# ####.",
    "C": ".###. #...# #.... #.... #.... #...# .###.",
    "D": "####. #...# #...# #...# #...# #...# ####.",
    "E": "##### #.... #.... ####. #.... #.... #####",
    "F": "##### #.... #.... ####. #.... #.... #....",
    "G": ".###. #...# #.... #.### #...# #...# .###.",
    "H": "#...# #...# #...# ##### #...# #...# #...#",
    "I": ".###. ..#.. ..#.. ..#.. ..#.. ..#.. .###.",
    "J": "..### ...#. ...#. ...#. ...#. #..#. .##..",
    "K": "#...# #..#. #.#.. ##... #.#.. #..#. #...#",
    "L": "#.... #.... #.... #.... #.... #.... #####",
    "M": "#...# ##.## #.#.# #.#.# #...# #...# #...#",
    "N": "#...# #...# ##..# #.#.# #..## #...# #...#",
    "O": ".###. #...# #...# #...# #...# #...# .###.",
    "P": "####. #...# #...# ####. #.... #.... #....",
    "Q": ".###. #...# #...# #...# #.#.# #..#. .##.#",
    "R": "####. #...# #...# ####. #.#.. #..#. #...#",
    "S": ".#### #.... #.... .###. ....# ....# ####.",
    "T": "##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#..",
    "U": "#...# #...# #...# #...# #...# #...# .###.",
    "V": "#...# #...# #...# #...# .#.#. .#.#. ..#..",
    "W": "#...# #...# #...# #.#.# #.#.# ##.## #...#",
    "X": "#...# #...# .#.#. ..#.. .#.#. #...# #...#",
    "Y": "#...# #...# .#.#. ..#.. ..#.. ..#.. ..#..",
    "Z": "##### ....# ...#. ..#.. .#... #.... #####",
    "0": ".###. #..## #.#.# #.#.# #.#.# ##..# .###.",
    "1": "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
    "2": ".###. #...# ....# ..##. .#... #.... #####",
    "3": "####. ....# ....# .###. ....# ....# ####.",
    "4": "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
    "5": "##### #.... ####. ....# ....# #...# .###.",
    "6": ".###. #.... #.... ####. #...# #...# .###.",
    "7": "##### ....# ...#. ..#.. ..#.. ..#.. ..#..",
    "8": ".###. #...# #...# .###. #...# #...# .###.",
    "9": ".###. #...# #...# .#### ....# ....# .###.",
    "-": "... ... ... ### ... ... ...",
}


def can_draw(text: str) -> bool:
    return bool(text) and all(character in _SHAPES for character in text)


def width(text: str, gap: int = 1) -> int:
    """Columns of ``draw(text, gap)``."""
    return sum(len(_points(character)[0]) for character in text) + gap * (len(text) - 1)


def draw(text: str, gap: int = 1) -> list[str]:
    """The rows of one line of big letters, ``gap`` columns apart; ``can_draw(text)`` must hold."""
    letters = [_cells(character) for character in text]
    return [(" " * gap).join(letter[row] for letter in letters) for row in range(HEIGHT)]


def scaled_size(text: str, scale: int) -> tuple[int, int]:
    """Columns and rows of ``draw_scaled(text, scale)``."""
    return width(text) * scale, (_POINT_ROWS * scale + 1) // 2


def draw_scaled(text: str, scale: int) -> list[str]:
    """The rows of one line of letters, each point ``scale`` columns by ``scale`` halves of a row."""
    rows = [".".join(_points(character)[row] for character in text) for row in range(_POINT_ROWS)]
    tall = ["".join(point * scale for point in row) for row in rows for _ in range(scale)]
    return _half_blocks(tall)


def _points(character: str) -> list[str]:
    return _SHAPES[character].split()


def _cells(character: str) -> list[str]:
    return _half_blocks(_points(character))


def _half_blocks(points: list[str]) -> list[str]:
    """Rows of cells, each with two rows of points; a last odd row gets an empty one."""
    if len(points) % 2:
        points = [*points, "." * len(points[0])]
    return [
        "".join(_HALF_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(points[::2], points[1::2], strict=True)
    ]
