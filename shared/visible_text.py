"""Text from the other side, made safe to show: whatever could steer a terminal or hide from the eye becomes visible."""

import unicodedata

_STEERING_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls (C0, C1, DEL), format characters (bidi, zero width), lone surrogates, private use, unassigned, line and paragraph ends."""


def visible(text: str, *, limit: int = 200) -> str:
    r"""``text`` with every steering character written as an escape such as ``\x1b``, and cut at ``limit`` characters.

    One line stays one line: CR and LF are escaped too, so a log entry can't be forged.
    """
    shown = "".join(map(_visible_character, text[:limit]))
    return shown if len(text) <= limit else shown + "…"


def _visible_character(character: str) -> str:
    if unicodedata.category(character) not in _STEERING_CATEGORIES:
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
