"""RFC 8628 §6.1: whatever surrounds a code is understood, and no wrong code becomes a right one."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pairgrant_protocol import code_entry
from pairgrant_protocol.code_entry import (
    _WORDS,
    MAX_ENTERED,
    EnteredCode,
    NoCode,
    NothingEntered,
    OtherSite,
    StrangeCharacter,
    Unreadable,
    read_entry,
    read_linked,
)
from pairgrant_protocol.user_code import ALPHABET, LENGTH, MAX_LENGTH, display

HOST = "pair.example"
CODES = st.text(ALPHABET, min_size=LENGTH, max_size=MAX_LENGTH)
LABELS = [
    "",
    "Code: ",
    "code=",
    "user_code=",
    "Your code is ",
    "Codice: ",
    "Il tuo codice è: ",
    "Dein Code lautet ",
    "Gerätecode: ",
    "Código del dispositivo: ",
    "Code de l\u2019appareil\xa0: ",
    "Open https://pair.example/device and enter this code: ",
    "Öffne https://pair.example/device und gib diesen Code ein:\n",
    "https://pair.example/device\n",
]
QUOTES = ["{}", "'{}'", '"{}"', "“{}”", "«\xa0{}\xa0»", "„{}“", "`{}`", "({})", "**{}**", "{}.", "<{}>"]
UNSEEN = ["", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202a", "\u2069"]
SEPARATORS = ["-", " ", "", "\u2013", "\u2011", ".", "_", "\u3000", "\n"]
SHAPES = dict(zip("BCHJKMPSTXQW", "ВСНЈКМРЅТХԚԜ", strict=True))
SMALL_SHAPES = dict(zip("BCHJKMPSTXQW", "вснјкмрѕтхԛԝ", strict=True))
GREEK_SHAPES = dict(zip("BHKMNPTXZ", "ΒΗΚΜΝΡΤΧΖ", strict=True))  # noqa: RUF001
FULL_WIDTH = {letter: chr(ord(letter) + 0xFEE0) for letter in ALPHABET}
LINKS = [
    "https://pair.example/D/{}",
    "HTTPS://PAIR.EXAMPLE/D/{}/ABCDEFGH",
    "http://pair.example:8080/d/{}",
    "pair.example/D/{}",
    "/D/{}",
    "https://pair.example/device?user_code={}",
    "pair.example/device?x=1&user_code={}",
    "/device?user_code={}",
    "Scan or open https://pair.example/D/{}.",
    "(https://pair.example/D/{})",
    "Link:https://pair.example/D/{}",
]


class TestDecoration:
    @given(
        CODES,
        st.tuples(st.sampled_from(LABELS), st.sampled_from(QUOTES)),
        st.tuples(st.sampled_from(SEPARATORS), st.sampled_from(UNSEEN)),
        st.sampled_from([str, str.lower]),
    )
    def test_code_is_read_from_whatever_surrounds_it(
        self, code: str, around: tuple[str, str], within: tuple[str, str], case: Callable[[str], str]
    ) -> None:
        (label, quotes), (separator, unseen) = around, within
        shown = unseen.join(display(case(code)).replace("-", separator))
        assert read_entry(f" {label}{quotes.format(shown)}\n", HOST) == EnteredCode(code)

    @given(CODES, st.sampled_from([SHAPES, SMALL_SHAPES, GREEK_SHAPES, FULL_WIDTH]), st.data())
    def test_letters_of_the_same_shape_are_read_as_latin(
        self, code: str, shapes: dict[str, str], data: st.DataObject
    ) -> None:
        typed = "".join(shapes.get(letter, letter) if data.draw(st.booleans()) else letter for letter in code)
        assert read_entry(typed, HOST) == EnteredCode(code)

    @given(CODES, st.sampled_from(LINKS))
    def test_code_of_a_pasted_link_is_that_of_a_link(self, code: str, link: str) -> None:
        assert read_entry(link.format(code), HOST) == EnteredCode(code, is_link=True)
        assert read_entry(link.format(display(code)), HOST) == EnteredCode(code, is_link=True)

    def test_code_beside_a_link_that_carries_one_is_that_of_the_link(self) -> None:
        entered = "https://pair.example/D/WDJBMJHT code BBBB-BBBB"
        assert read_entry(entered, HOST) == EnteredCode("WDJBMJHT", is_link=True)

    def test_site_is_recognized_by_both_spellings_of_its_name(self) -> None:
        for host in ("bücher.example", "xn--bcher-kva.example"):
            entry = read_entry("https://Bücher.example/D/WDJBMJHT", host)
            assert entry == EnteredCode("WDJBMJHT", is_link=True)

    def test_host_without_a_dot_is_recognized(self) -> None:
        assert read_entry("kitchen/D/WDJBMJHT", "kitchen") == EnteredCode("WDJBMJHT", is_link=True)
        assert read_entry("localhost:8080/D/WDJBMJHT", "localhost") == EnteredCode("WDJBMJHT", is_link=True)

    def test_no_word_of_a_label_could_be_part_of_a_code(self) -> None:
        assert [word for word in _WORDS if set(word.upper()) <= set(ALPHABET)] == []


class TestNoCorrection:
    """What is wrong stays wrong."""

    @given(CODES, st.data())
    def test_letter_that_no_code_has_is_never_left_out_or_replaced(
        self, code: str, data: st.DataObject
    ) -> None:
        place = data.draw(st.integers(0, len(code) - 1))
        wrong = data.draw(st.sampled_from("AEIOUY0123456789ßДЯИνηİı"))  # noqa: RUF001
        label = data.draw(st.sampled_from(LABELS))
        typed = f"{label}{code[:place]}{wrong}{code[place + 1 :]}"
        entry = read_entry(typed, HOST)
        assert isinstance(entry, Unreadable)
        assert [strange.character for strange in entry.strange] == [wrong]
        assert entry.letters == len(code)

    @given(st.text(ALPHABET, max_size=LENGTH - 1), st.sampled_from(LABELS))
    def test_code_that_is_too_short_is_never_completed(self, code: str, label: str) -> None:
        assert not isinstance(read_entry(label + code, HOST), EnteredCode)

    @given(st.text(ALPHABET, min_size=LENGTH, max_size=MAX_LENGTH), st.text(ALPHABET, min_size=1, max_size=4))
    def test_words_of_consonants_are_never_left_out(self, code: str, word: str) -> None:
        entry = read_entry(f"{word} {code}", HOST)
        assert entry == (
            EnteredCode(word + code)
            if len(word + code) <= MAX_LENGTH
            else Unreadable((), len(word + code), is_link=False)
        )

    @given(st.text() | st.text("/:.D?#[]@%&=BCDFx ", max_size=40))
    @example("https://[::1/D/BBBBBBBB")
    @example("\ud800")
    def test_any_text_gives_a_code_or_a_reason(self, typed: str) -> None:
        for entry in (read_entry(typed, HOST), read_linked(typed)):
            if isinstance(entry, EnteredCode):
                assert set(entry.code) <= set(ALPHABET)
                assert LENGTH <= len(entry.code) <= MAX_LENGTH


class TestReasons:
    @pytest.mark.parametrize("typed", ["", "   ", "----", "\u200b\u200d", "\ud800", "Code:"])
    def test_nothing_entered(self, typed: str) -> None:
        assert read_entry(typed, HOST) == NothingEntered()

    @pytest.mark.parametrize(
        "typed", ["https://pair.example/device", "pair.example/", "https://pair.example"]
    )
    def test_address_of_this_site_without_a_code(self, typed: str) -> None:
        assert read_entry(typed, HOST) == NothingEntered(is_link=True)

    @pytest.mark.parametrize(
        ("typed", "host"),
        [
            ("https://other.example/D/WDJBMJHT", "other.example"),
            ("other.example/device?user_code=WDJB-MJHT", "other.example"),
            ("https://pair.example@other.example/D/WDJBMJHT", "other.example"),
            ("https://pair.example.other.example/D/WDJBMJHT", "pair.example.other.example"),
            ("open https://other.example/device and enter the code WDJBMJHT", "other.example"),
            ("https://pair.example/D/WDJBMJHT https://other.example/", "other.example"),
            ("https://-.x\u0301\u0301" + "y" * 70 + "/D/WDJBMJHT", "-.x\u0301\u0301" + "y" * 70),
        ],
    )
    def test_link_of_another_site(self, typed: str, host: str) -> None:
        assert read_entry(typed, HOST) == OtherSite(host)

    def test_all_strange_characters_are_named_at_once_with_the_length(self) -> None:
        assert read_entry("WO0B-M1H", HOST) == Unreadable(
            (StrangeCharacter("O", "CDGQ"), StrangeCharacter("0", "CDGQ"), StrangeCharacter("1", "JLT")), 7
        )

    @pytest.mark.parametrize(
        ("typed", "letters"), [("B", 1), ("WDJB-MJH", 7), ("B" * 13, 13), ("B-" * 24, 24)]
    )
    def test_wrong_length_counts_the_letters(self, typed: str, letters: int) -> None:
        entry = read_entry(typed, HOST)
        assert entry == Unreadable((), letters)
        assert entry.has_wrong_length

    def test_strange_character_in_a_code_of_the_right_length_is_the_only_fault(self) -> None:
        entry = read_entry("WDJB-MJHO", HOST)
        assert entry == Unreadable((StrangeCharacter("O", "CDGQ"),), 8)
        assert not entry.has_wrong_length

    def test_fault_in_a_link_is_that_of_a_link(self) -> None:
        assert read_linked("WDJB-MJ") == Unreadable((), 6, is_link=True)
        assert read_entry("https://pair.example/D/WDJB-MJ", HOST) == Unreadable((), 6, is_link=True)

    @pytest.mark.parametrize(
        "typed", ["please let me in now", "B" * 25, "B" * (MAX_ENTERED + 1), "x" * 10**6, "㏂" * MAX_ENTERED]
    )
    def test_prose_and_long_text_are_no_code(self, typed: str) -> None:
        assert read_entry(typed, HOST) == NoCode()
        assert read_linked(typed) == NoCode(is_link=True)

    def test_characters_that_stand_for_many_are_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Four letters each, in which the search for a link takes quadratic time."""
        searched: list[str] = []
        monkeypatch.setattr(code_entry, "_link_in", lambda part, _host: searched.append(part))
        assert read_entry("㏂" * MAX_ENTERED, HOST) == NoCode()
        assert not searched

    @pytest.mark.parametrize("typed", ["https://[::1/D/WDJBMJHT", "https:///D/WDJBMJHT"])
    def test_malformed_link_is_no_code(self, typed: str) -> None:
        assert read_entry(typed, HOST) == NoCode(is_link=True)

    def test_code_is_in_no_repr(self) -> None:
        assert "WDJB" not in repr(read_entry("WDJB-MJHT", HOST))
