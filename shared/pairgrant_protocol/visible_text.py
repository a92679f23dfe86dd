"""Text from the other side, made safe to show: control characters and invisible characters are escaped."""

import unicodedata

_CONTROL_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls (C0, C1, DEL), format (bidi, zero width), surrogates, private use, unassigned, line separators."""

_INVISIBLE = frozenset(
    chr(code)
    for first, last in (
        (0x034F, 0x034F),  # combining grapheme joiner
        (0x115F, 0x1160),  # Hangul fillers, which count as letters
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x2800, 0x2800),  # the Braille pattern without a dot
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),  # variation selectors, which can carry a hidden message
        (0xFFA0, 0xFFA0),
        (0xE0100, 0xE01EF),
    )
    for code in range(first, last + 1)
)
"""Letters and marks without a visible glyph (the rest of Unicode's ``Default_Ignorable_Code_Point``)."""


def visible(text: str, *, limit: int = 200) -> str:
    r"""``text``, at most ``limit`` characters, with control and invisible ones as escapes such as ``\x1b``.

    CR and LF are escaped too, so that text can't forge a line of a log.
    """
    shown = text[:limit]
    if not (shown.isprintable() and _INVISIBLE.isdisjoint(shown)):
        shown = "".join(map(_visible_character, shown))
    return shown if len(text) <= limit else shown + "…"


def _visible_character(character: str) -> str:
    if unicodedata.category(character) not in _CONTROL_CATEGORIES and character not in _INVISIBLE:
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
