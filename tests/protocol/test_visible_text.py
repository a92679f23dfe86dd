"""Text from the other side reaches a terminal, a log or a page only as what it looks like."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.visible_text import visible

STEERING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class TestSteeringCharacters:
    @pytest.mark.parametrize("code", [*range(0x20), 0x7F, *range(0x80, 0xA0)])
    def test_every_c0_and_c1_control_and_del_becomes_two_hex_digits(self, code: int) -> None:
        assert visible(chr(code)) == f"\\x{code:02x}"

    @pytest.mark.parametrize(
        ("hostile", "shown"),
        [
            ("\x1b[2J", r"\x1b[2J"),  # CSI: clear the screen
            ("\x9b2J", r"\x9b2J"),  # the same, in one C1 character
            ("\x1b]52;c;aGk=\x07", r"\x1b]52;c;aGk=\x07"),  # OSC 52: write the clipboard
            ("\x1b]8;;http://evil.example\x1b\\x", r"\x1b]8;;http://evil.example\x1b\x"),  # OSC 8: a link
            ("\x9d0;title\x9c", r"\x9d0;title\x9c"),  # OSC by C1: the window's title
            ("\x1bP+q544e\x1b\\", r"\x1bP+q544e\x1b" + "\\"),  # DCS: ask the terminal, which types the answer
            ("ok\r\nlevel=error forged", r"ok\x0d\x0alevel=error forged"),
            ("approved\b\b\b\b\b\b\b\bdenied", r"approved" + r"\x08" * 8 + "denied"),
        ],
    )
    def test_terminal_sequence_is_escaped_and_stays_readable(self, hostile: str, shown: str) -> None:
        assert visible(hostile) == shown

    @pytest.mark.parametrize(
        "code",
        [
            *range(0x202A, 0x202F),  # bidi embeddings and overrides
            *range(0x2066, 0x206A),  # bidi isolates
            0x200E,
            0x200F,
            0x061C,
            0x200B,  # zero width space
            0x200C,
            0x200D,  # ZWJ
            0x2060,
            0xFEFF,  # byte order mark
            0x00AD,  # soft hyphen
            0x2028,  # line separator
            0x2029,
            0xE000,  # private use: whatever the font draws
            0xFFFF,  # no character
            0x0378,  # unassigned
            0xD800,  # lone surrogates, which JSON can carry and UTF-8 can't
            0xDFFF,
        ],
    )
    def test_bidirectional_and_zero_width_characters_are_escaped(self, code: int) -> None:
        shown = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

        assert visible(f"a{chr(code)}b") == f"a{shown}b"

    @pytest.mark.parametrize(
        ("first", "last"),
        [
            (0x034F, 0x034F),  # combining grapheme joiner
            (0x115F, 0x1160),  # Hangul fillers
            (0x17B4, 0x17B5),
            (0x180B, 0x180F),
            (0x2800, 0x2800),  # the Braille pattern without a dot
            (0x3164, 0x3164),
            (0xFE00, 0xFE0F),  # variation selectors
            (0xFFA0, 0xFFA0),
        ],
    )
    def test_letters_and_marks_without_a_glyph_are_escaped(self, first: int, last: int) -> None:
        assert [visible(chr(code)) for code in range(first, last + 1)] == [
            f"\\u{code:04x}" for code in range(first, last + 1)
        ]
        assert visible(chr(first - 1)) == chr(first - 1)
        assert visible(chr(last + 1)) == chr(last + 1)

    @pytest.mark.parametrize("code", [0xE0041, 0xE0100, 0xE01EF, 0x1D173, 0x10FFFF, 0xF0000])
    def test_escape_beyond_the_basic_plane_has_eight_digits(self, code: int) -> None:
        assert visible(chr(code)) == f"\\U{code:08x}"

    @given(st.text(st.characters(), max_size=200))
    def test_no_control_character_remains_in_any_text(self, text: str) -> None:
        assert set() == {
            character for character in visible(text) if unicodedata.category(character) in STEERING
        }

    @given(st.text(st.characters(), max_size=50))
    def test_visible_text_stays_unchanged(self, text: str) -> None:
        assert visible(visible(text), limit=1000) == visible(text)

    @given(st.text(st.characters()))
    def test_result_can_always_be_encoded(self, text: str) -> None:
        assert visible(text).encode().decode() == visible(text)


class TestPlainText:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Kitchen display",
            "Café, Zürich",
            "台所のテレビ",
            "ﺷﺎﺷﺔ",
            "🎬 TV",
            "a\\nb",
            "[@click=app.quit]x[/]",
        ],
    )
    def test_ordinary_text_stays_unchanged(self, text: str) -> None:
        assert visible(text) == text


class TestLimit:
    def test_text_of_the_limit_is_not_cut(self) -> None:
        assert visible("x" * 200) == "x" * 200

    def test_longer_text_is_cut_with_an_ellipsis(self) -> None:
        assert visible("x" * 201) == "x" * 200 + "…"

    def test_caller_sets_the_limit(self) -> None:
        assert visible("Kitchen", limit=3) == "Kit…"

    def test_limit_counts_characters_of_the_text_and_never_cuts_an_escape(self) -> None:
        assert visible("\x1b\x1b\x1b", limit=2) == r"\x1b\x1b…"
