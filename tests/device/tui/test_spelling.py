"""Spelling a code, in the alphabet of the person's country."""

from string import ascii_uppercase, digits
from unicodedata import normalize

import pytest

from pairgrant.translation import languages, use_language
from pairgrant.tui.spelling import spelled


def test_code_is_spelled_by_words_digits_and_dashes() -> None:
    assert spelled("W-7") == ["W as in Whiskey", "- (a dash)", "7 (digit seven)"]


def test_code_is_spelled_in_the_language_in_use() -> None:
    use_language("de")
    assert spelled("W-7") == ["W wie Wuppertal", "- (Bindestrich)", "7 (Ziffer sieben)"]


@pytest.mark.parametrize("language", languages())
def test_word_of_every_letter_begins_with_it(language: str) -> None:
    use_language(language)
    words = [text.split()[-1] for text in spelled(ascii_uppercase)]
    assert [normalize("NFD", word)[0] for word in words] == list(ascii_uppercase)
    assert len(set(spelled(digits))) == 10
