"""Big letters drawn with half blocks: five by seven points, easy to tell apart.

There are the letters of codes, and of all texts in every language that the device speaks (a test computes
them). They don't depend on colours, so they are readable on any terminal. At scale 1 a point is a column by
half a row, at scale 2 two columns by one row. A text with a character that has no shape here is shown in
ordinary letters.
"""

from unicodedata import normalize

GAP = 2
"""Points between two letters: with one, they run together at a distance."""

WIDTH = 5 + GAP
"""Points that a usual letter takes, with its gap."""

_POINT_ROWS = 7

_WITH_ACCENTS = frozenset("aeinou")
"""Small letters whose two upper rows are empty but for a dot."""

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
    "À": ".#... ..#.. .###. #...# ##### #...# #...#",
    "Á": "...#. ..#.. .###. #...# ##### #...# #...#",
    "Â": "..#.. .#.#. .###. #...# ##### #...# #...#",
    "Ä": "#...# ..... .###. #...# ##### #...# #...#",
    "Ç": ".###. #...# #.... #...# .###. ..#.. .##..",
    "È": ".#... ..#.. ##### #.... ####. #.... #####",
    "É": "...#. ..#.. ##### #.... ####. #.... #####",
    "Ê": "..#.. .#.#. ##### #.... ####. #.... #####",
    "Ë": ".#.#. ..... ##### #.... ####. #.... #####",
    "Ì": ".#... ..#.. .###. ..#.. ..#.. ..#.. .###.",
    "Í": "...#. ..#.. .###. ..#.. ..#.. ..#.. .###.",
    "Î": "..#.. .#.#. .###. ..#.. ..#.. ..#.. .###.",
    "Ï": ".#.#. ..... .###. ..#.. ..#.. ..#.. .###.",
    "Ñ": ".##.# #.##. ..... #...# ##..# #.#.# #..##",
    "Ò": ".#... ..#.. .###. #...# #...# #...# .###.",
    "Ó": "...#. ..#.. .###. #...# #...# #...# .###.",
    "Ô": "..#.. .#.#. .###. #...# #...# #...# .###.",
    "Ö": "#...# ..... .###. #...# #...# #...# .###.",
    "Œ": ".#### #.#.. #.#.. #.##. #.#.. #.#.. .####",
    "Ù": ".#... ..#.. #...# #...# #...# #...# .###.",
    "Ú": "...#. ..#.. #...# #...# #...# #...# .###.",
    "Û": "..#.. .#.#. #...# #...# #...# #...# .###.",
    "Ü": "#...# ..... #...# #...# #...# #...# .###.",
    "¡": "## ## .. ## ## ## ##",
    "¿": "..#.. ..... ..#.. .##.. #.... #...# .###.",
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
    " ": "... ... ... ... ... ... ...",
    ".": ".. .. .. .. .. ## ##",
    ",": ".. .. .. .. ## ## #.",
    ":": ".. ## ## .. ## ## ..",
    "!": "## ## ## ## .. ## ##",
    "?": ".###. #...# ....# ..##. ..#.. ..... ..#..",
    "'": "## ## #. .. .. .. ..",
    "/": "....# ....# ...#. ..#.. .#... #.... #....",
    "&": ".##.. #..#. #.#.. .#... #.#.# #..#. .##.#",
    "+": "..... ..#.. ..#.. ##### ..#.. ..#.. .....",
    "(": ".# #. #. #. #. #. .#",
    ")": "#. .# .# .# .# .# #.",
    "·": ".. .. .. ## ## .. ..",
    ";": ".. ## ## .. ## ## #.",
    "_": "..... ..... ..... ..... ..... ..... #####",
    "✓": "....... ......# .....#. #...#.. .#.#... ..#.... .......",
    "a": "..... ..... .###. ....# .#### #...# .####",
    "b": "#.... #.... ####. #...# #...# #...# ####.",
    "c": "..... ..... .#### #.... #.... #.... .####",
    "d": "....# ....# .#### #...# #...# #...# .####",
    "e": "..... ..... .###. #...# ##### #.... .####",
    "f": "..## .#.. #### .#.. .#.. .#.. .#..",
    "g": "..... ..... .#### #...# .#### ....# .###.",
    "h": "#.... #.... ####. #...# #...# #...# #...#",
    "i": ".#. ... ##. .#. .#. .#. ###",
    "j": "..# ... .## ..# ..# ..# ##.",
    "k": "#... #... #..# #.#. ##.. #.#. #..#",
    "l": "##. .#. .#. .#. .#. .#. ###",
    "m": "..... ..... ##.#. #.#.# #.#.# #.#.# #.#.#",
    "n": "..... ..... ####. #...# #...# #...# #...#",
    "o": "..... ..... .###. #...# #...# #...# .###.",
    "p": "..... ..... ####. #...# ####. #.... #....",
    "q": "..... ..... .#### #...# .#### ....# ....#",
    "r": ".... .... #.## ##.. #... #... #...",
    "s": "..... ..... .#### #.... .###. ....# ####.",
    "t": ".#.. .#.. #### .#.. .#.. .#.. ..##",
    "u": "..... ..... #...# #...# #...# #...# .####",
    "v": "..... ..... #...# #...# .#.#. .#.#. ..#..",
    "w": "..... ..... #...# #.#.# #.#.# #.#.# .#.#.",
    "x": "..... ..... #...# .#.#. ..#.. .#.#. #...#",
    "y": "..... ..... #...# #...# .#### ....# .###.",
    "ç": "..... .#### #.... #.... .#### ..#.. .##..",
    "ß": ".##.. #..#. #..#. #.##. #...# #...# #.##.",
    "z": "..... ..... ##### ...#. ..#.. .#... #####",
}

DRAWABLE = frozenset(_SHAPES)
"""The characters with a shape of their own; small letters with an accent are made of two."""

_ACCENTS = {
    "\N{COMBINING DIAERESIS}": "#.# ...",
    "\N{COMBINING ACUTE ACCENT}": "..# .#.",
    "\N{COMBINING GRAVE ACCENT}": "#.. .#.",
    "\N{COMBINING CIRCUMFLEX ACCENT}": ".#. #.#",
    "\N{COMBINING TILDE}": ".#..# #.##.",
}
"""Two rows of points above a small letter."""


def can_draw(text: str) -> bool:
    """Whether each character has a shape, and the drawing shows each of them."""
    return bool(text) and text == text.strip() and all(shape(character) for character in text)


def rows_of(scale: int) -> int:
    """Rows of cells per line of letters."""
    return (_POINT_ROWS * scale + 1) // 2


def size(text: str, scale: int = 1) -> tuple[int, int]:
    """Columns and rows of ``draw(text, scale)``."""
    points = sum(len(shape(character)[0]) for character in text) + GAP * (len(text) - 1)
    return points * scale, rows_of(scale)


def draw(text: str, scale: int = 1) -> list[str]:
    """The rows of one line of letters, each point ``scale`` columns by ``scale`` halves of a row;
    ``can_draw(text)`` must hold.
    """
    rows = [("." * GAP).join(shape(character)[row] for character in text) for row in range(_POINT_ROWS)]
    return _half_blocks(["".join(point * scale for point in row) for row in rows for _ in range(scale)])


def draw_lines(lines: list[str], scale: int) -> list[str]:
    """The rows of several lines, ``scale`` empty rows between them."""
    blocks = [draw(line, scale) for line in lines]
    return [row for block in blocks for row in [*[""] * scale, *block]][scale:]


def size_of_lines(lines: list[str], scale: int) -> tuple[int, int]:
    """Columns and rows of ``draw_lines(lines, scale)``."""
    return max(size(line, scale)[0] for line in lines), len(lines) * (rows_of(scale) + scale) - scale


def shape(character: str) -> list[str]:
    """The rows of points of one letter, ``#`` where it is drawn; empty if it has no shape."""
    if character in _SHAPES:
        return _SHAPES[character].split()
    parts = normalize("NFD", character)
    letter, accent = parts[:1], parts[1:]
    if letter in _WITH_ACCENTS and accent in _ACCENTS:
        rows = _SHAPES[letter].split()
        above = [row.center(len(rows[0]), ".") for row in _ACCENTS[accent].split()]
        return [row[: len(rows[0])] for row in above] + rows[2:]
    return []


def _half_blocks(points: list[str]) -> list[str]:
    """Rows of cells, each with two rows of points; a last odd row gets an empty one."""
    if len(points) % 2:
        points = [*points, "." * len(points[0])]
    return [
        "".join(_HALF_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(points[::2], points[1::2], strict=True)
    ]
