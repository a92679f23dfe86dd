"""RFC 8628 §6.1 and §5.1: the code a person reads and types."""

import math
from collections import Counter
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.user_code import (
    ALPHABET,
    LENGTH,
    MAX_LENGTH,
    InvalidUserCodeError,
    display,
    generate,
    normalize,
)

CODES = st.text(ALPHABET, min_size=LENGTH, max_size=MAX_LENGTH)
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


class TestAlphabet:
    """§6.1: twenty letters, case-insensitive, without vowels."""

    def test_alphabet_is_the_base_20_set_of_the_rfc(self) -> None:
        assert ALPHABET == "BCDFGHJKLMNPQRSTVWXZ"

    def test_alphabet_has_no_vowel_and_no_digit(self) -> None:
        assert set() == set(ALPHABET) & set("AEIOUY0123456789")


class TestGenerate:
    def test_each_letter_comes_from_a_random_byte_of_its_own(self) -> None:
        assert generate(lambda _: bytes(range(40)), length=MAX_LENGTH) == ALPHABET[:MAX_LENGTH]

    def test_bytes_that_make_no_even_choice_are_left_out(self) -> None:
        draws = [bytes(range(240, 256)), bytes([239, 240, 255, *range(7)]), bytes(16)]

        assert generate(lambda _: draws.pop(0)) == "ZBCDFGHJ"
        assert draws == [bytes(16)]

    @given(st.data(), st.integers(LENGTH, MAX_LENGTH))
    def test_generated_code_is_accepted_by_normalize(self, data: st.DataObject, length: int) -> None:
        code = generate(lambda count: data.draw(st.binary(min_size=count, max_size=count)), length=length)

        assert len(code) == length
        assert normalize(code) == code


class TestNormalize:
    """§6.1: punctuation is ignored, case does not matter."""

    @pytest.mark.parametrize(
        "typed",
        [
            "WDJBMJHT",
            "WDJB-MJHT",
            "wdjb-mjht",
            "wDjB mJhT",
            "  WDJB  MJHT\n",
            "W.D.J.B.M.J.H.T",
            "WDJB_MJHT",
            "\tWDJB\r\nMJHT",
            "WDJB\u2010MJHT",  # hyphen
            "WDJB\u2013MJHT",  # en dash
            "WDJB\u2014MJHT",  # em dash
            "WDJB\u2212MJHT",  # minus
            "WDJB\u30fbMJHT",  # katakana middle dot
            "WDJB\u00a0MJHT",  # no-break space
            "WDJB\u3000MJHT",  # ideographic space
            "\uff37\uff24\uff2a\uff22\uff0d\uff2d\uff2a\uff28\uff34",  # full width
            "\uff57\uff44\uff4a\uff42\uff4d\uff4a\uff48\uff54",  # full width, lower case
            "“WDJB-MJHT”",
            "WDJB-MJHT\u202c",  # a bidi mark that came with the paste
        ],
    )
    def test_case_dashes_and_width_do_not_matter(self, typed: str) -> None:
        assert normalize(typed) == "WDJBMJHT"

    @pytest.mark.parametrize("unseen", ZERO_WIDTH)
    def test_zero_width_characters_of_a_paste_are_ignored(self, unseen: str) -> None:
        assert normalize(unseen.join("WDJB-MJHT")) == "WDJBMJHT"

    @pytest.mark.parametrize("length", range(LENGTH, MAX_LENGTH + 1))
    def test_every_length_that_a_server_issues_is_accepted(self, length: int) -> None:
        assert normalize("b" * length) == "B" * length

    @given(CODES)
    def test_displayed_code_can_be_typed(self, code: str) -> None:
        assert normalize(display(code)) == code
        assert normalize(display(code).lower()) == code

    @given(st.text())
    def test_any_text_gives_a_code_or_the_one_error(self, typed: str) -> None:
        try:
            code = normalize(typed)
        except InvalidUserCodeError:
            return
        assert set(code) <= set(ALPHABET)
        assert normalize(code) == code


class TestRefusals:
    @pytest.mark.parametrize("typed", ["", "   ", "----", "\u200b\u200d", "\ud800"])
    def test_empty_input_tells_where_the_code_is(self, typed: str) -> None:
        with pytest.raises(InvalidUserCodeError, match=r"^Enter the code that your device shows.$"):
            normalize(typed)

    @pytest.mark.parametrize(
        ("typed", "named"),
        [
            ("WDJB-MJHO", "O"),
            ("wdjb-mjhi", "I"),
            ("WDJB-MJH0", "0"),
            ("WDJB-MJH1", "1"),
            ("YDJB-MJHT", "Y"),
            ("\u0412DJB-MJHT", "\u0412"),  # Cyrillic Ve looks like B
            ("W\u0501JB-MJHT", "\u0501"),  # Cyrillic komi de looks like d
            ("WDJ\u0392-MJHT", "\u0392"),  # Greek Beta looks like B
            ("WDJB-\u039cJHT", "\u039c"),  # Greek Mu looks like M
            ("WDJB-MJ\u0397T", "\u0397"),  # Greek Eta looks like H
            ("WDJB-MJ\u13bbT", "\u13bb"),  # Cherokee MI looks like H
            ("WDJ\u00df-MJHT", "\u00df"),  # sharp s looks like B, and is no SS
            ("WDJB-M\u01f0HT", "\u01f0"),  # a j with a caron is no J
            ("WDJB-MJH\u0165", "\u0165"),  # nor is a t
            ("WDJB-MJH\u0661", "\u0661"),  # Arabic-Indic one
        ],
    )
    def test_look_alike_letter_is_named(self, typed: str, named: str) -> None:
        with pytest.raises(InvalidUserCodeError, match=f"^A code never contains {named}: "):
            normalize(typed)

    @pytest.mark.parametrize(
        ("typed", "letters"), [("B", 1), ("WDJB-MJH", 7), ("B" * 13, 13), ("B-" * 32, 32)]
    )
    def test_error_about_the_length_counts_the_letters(self, typed: str, letters: int) -> None:
        with pytest.raises(InvalidUserCodeError, match=f"^A code has 8 to 12 letters; this has {letters}. "):
            normalize(typed)

    @pytest.mark.parametrize("typed", ["B" * 65, "WDJB-MJHT" + " " * 60, "x" * 1_000_000])
    def test_text_of_more_than_64_characters_is_refused_unread(self, typed: str) -> None:
        with pytest.raises(InvalidUserCodeError, match=r"^A code has 8 to 12 letters; this is far longer. "):
            normalize(typed)


class TestDisplay:
    @pytest.mark.parametrize(
        ("code", "shown"),
        [
            ("WDJBMJHT", "WDJB-MJHT"),
            ("WDJBMJHTB", "WDJB-MJHT-B"),
            ("WDJBMJHTBCDF", "WDJB-MJHT-BCDF"),
        ],
    )
    def test_code_is_displayed_in_groups_of_four(self, code: str, shown: str) -> None:
        assert display(code) == shown


def repeated(byte: int, count: int) -> bytes:
    return bytes([byte]) * count


class TestEntropy:
    """§5.1."""

    @pytest.mark.parametrize(("length", "bits"), [(8, 34.575), (12, 51.863)])
    def test_every_code_of_a_length_is_equally_likely(self, length: int, bits: float) -> None:
        """A code is one uniform choice among 20^length: 34.6 bits for eight letters, as the RFC counts."""
        codes = [generate(partial(repeated, byte), length=length) for byte in range(240)]
        assert Counter("".join(codes)) == dict.fromkeys(ALPHABET, 12 * length)
        assert length * math.log2(len(ALPHABET)) == pytest.approx(bits, abs=0.001)
