"""``PAIRGRANT_SITE_TEXTS``: texts of the pages in the operator's own words."""

from pathlib import Path

import pytest

from pairgrant_server.brand.errors import BrandError
from pairgrant_server.brand.texts import LONGEST, MOST_BYTES, load_texts
from pairgrant_server.settings import Settings, SettingsError


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    return tmp_path / "texts.toml"


def test_texts_are_those_of_their_language(texts: Path) -> None:
    texts.write_text('[en]\n"Your board" = "Your notices"\n[de]\n"Your board" = "Ihre Aushänge"\n', "utf-8")
    loaded = load_texts(texts)
    assert loaded.of("en") == {"Your board": "Your notices"}
    assert loaded.of("de") == {"Your board": "Ihre Aushänge"}
    assert loaded.of("fr") == {}


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ('[en]\n"No such text" = "x"', r"\[en\] 'No such text' is no text of the pages"),
        ('[tlh]\n"Sign in" = "x"', r"\[tlh\] is no table of a language of the pages: en, "),
        ('"Sign in" = "x"', r"\[Sign in\] is no table"),
        ('[en]\n"Sign in" = ""', "write 1 to 1000 characters"),
        ('[en]\n"Sign in" = 7', "write 1 to 1000 characters"),
        ('[en]\n"Sign in" = "a\\u202eb"', "none that is invisible"),
        (f'[en]\n"Sign in" = "{"x" * (LONGEST + 1)}"', "write 1 to 1000 characters"),
        ('[en]\n"Sign in" = "<b>Log in</b>"', "same values and markup as the original: nothing"),
        ('[en]\n"Sign in" = "Log in & go"', "as the original: nothing"),
        ('[en]\n"Sign in" = "Log in < go"', "as the original: nothing"),
        ('[en]\n"Sign in" = "Log in, {name}"', "as the original: nothing"),
        ('[en]\n"Sign in" = "Log in, %(name)s"', "as the original: nothing"),
        ('[en]\n"Continue to %(provider)s" = "Go on"', r"as the original: %\(provider\)s"),
        ("[en", "is no TOML file in UTF-8"),
        ("#" * (MOST_BYTES + 1), "is larger than 256 kB"),
    ],
)
def test_texts_that_can_not_be_shown_are_refused(texts: Path, toml: str, told: str) -> None:
    texts.write_text(toml, "utf-8")
    with pytest.raises(BrandError, match=told):
        load_texts(texts)


def test_values_and_markup_may_change_their_places(texts: Path) -> None:
    texts.write_text('[en]\n"Continue to %(provider)s" = "%(provider)s: go on"', "utf-8")
    assert load_texts(texts).of("en") == {"Continue to %(provider)s": "%(provider)s: go on"}


def test_bytes_that_are_no_text_are_refused(texts: Path) -> None:
    texts.write_bytes(b"[en]\n\xff")
    with pytest.raises(BrandError, match="is no TOML file in UTF-8"):
        load_texts(texts)


def test_file_that_is_missing_is_named_at_the_start() -> None:
    with pytest.raises(SettingsError, match=r"^PAIRGRANT_SITE_TEXTS: /nowhere\.toml can't be read"):
        Settings.load(site_texts="/nowhere.toml")
