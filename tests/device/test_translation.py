"""The language of the texts: which one is used, and what is translated when."""

import subprocess
import sys

import pytest

from pairgrant.errors import UnreachableError
from pairgrant.translation import (
    Translatable,
    gettext,
    language_of,
    languages,
    ngettext,
    translated,
    use_language,
)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "de"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "it_IT.UTF-8"}, "it"),
        ({"LANG": "de_AT@euro"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "es_ES.UTF-8"}, "es"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "", "LC_MESSAGES": "es_ES.UTF-8"}, "es"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "es_ES.UTF-8", "LC_ALL": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "ja:it:fr"}, "it"),
        ({"LANG": "ja_JP.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "en"}, "en"),
        ({"LANG": "../../etc"}, "en"),
    ],
)
def test_language_comes_from_the_locale(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_english_and_four_others_can_be_chosen() -> None:
    assert languages()[0] == "en"
    assert {"de", "es", "fr", "it"} <= set(languages())


def test_error_is_english_for_programs_and_translated_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    use_language("de")
    text = Translatable("The code expired")
    error = UnreachableError(text)
    assert str(error) == text == "The code expired"
    assert translated(error.text) == gettext("The code expired")
    assert translated(error.text) != "The code expired"


def test_placeholders_of_a_later_translation_keep_their_values() -> None:
    inner = Translatable("{wait} left", wait="9:41")
    outer = Translatable("Note: {text}", text=inner)
    assert str(outer) == translated(outer) == "Note: 9:41 left"


def test_braces_in_a_value_are_not_placeholders() -> None:
    assert gettext("Note: {text}", text="{0.__class__}") == "Note: {0.__class__}"
    assert translated("{plain}") == "{plain}"


def test_plural_has_its_count() -> None:
    assert [ngettext("{count} try left", "{count} tries left", count) for count in (1, 2)] == [
        "1 try left",
        "2 tries left",
    ]


def test_no_catalogue_is_opened_for_english() -> None:
    program = (
        "import builtins, os, sys; from pairgrant.translation import gettext, use_language\n"
        "builtins.open = lambda *_, **__: sys.exit('a file was opened')\n"
        "use_language('en'); print(gettext('The code expired'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "The code expired\n"


@pytest.mark.parametrize("command", ["kiosk", "login"])
def test_unknown_language_is_a_usage_error_that_lists_those_there_are(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from pairgrant.cli import main  # noqa: PLC0415 - as a command does

    with pytest.raises(SystemExit) as left:
        main([command, "--language", "xx"])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert all(language in said.rpartition("error:")[2] for language in languages())
