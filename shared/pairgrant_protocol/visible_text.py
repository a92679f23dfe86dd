"""Text from the other side, made safe to show: whatever could steer a terminal or hide from the eye becomes visible."""

import unicodedata

_STEERING_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls (C0, C1, DEL), format characters (bidi, zero width), lone surrogates, private use, unassigned, line and paragraph ends."""

_UNSEEN = frozenset(
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
"""Letters and marks that draw nothing (the rest of Unicode's ``Default_Ignorable_Code_Point``)."""


def visible(text: str, *, limit: int = 200) -> str:
    r"""``text`` with every steering or unseen character written as an escape such as ``\x1b``, and cut at ``limit`` characters.

    One line stays one line: CR and LF are escaped too, so a log entry can't be forged.
    """
    shown = "".join(map(_visible_character, text[:limit]))
    return shown if len(text) <= limit else shown + "…"


def _visible_character(character: str) -> str:
    if unicodedata.category(character) not in _STEERING_CATEGORIES and character not in _UNSEEN:
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
