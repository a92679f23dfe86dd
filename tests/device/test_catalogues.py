"""The catalogues of the device: they know every text, and say the same in each language."""

import ast
import gettext
import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from pairgrant.translation import DOMAIN, LOCALE, languages
from tests.device.catalogues import TEMPLATE, catalogue, extracted, file_of, read_catalogue

TRANSLATED = languages()[1:]
MARKS = {"gettext": 1, "ngettext": 2, "pgettext": 2, "Translatable": 1}
"""Functions that mark texts, and how many texts they take."""
NOT_FOR_PEOPLE = {"json_events.py", "qr_code.py"}
"""Files with texts for programs, and styles."""

UPDATE = "Run `make messages`."
TRANSLATE = (
    "Translate these texts in device/pairgrant/locale/{0}/LC_MESSAGES/pairgrant.po (none may be fuzzy, too "
    "long for 40x12 or without its placeholders), then run `make messages`."
)


def keys(messages: list[Message]) -> set[tuple[str | None, str]]:
    return {(message.context, str(message.id)) for message in messages if message.id}


def placeholders(text: str) -> Counter[str]:
    return Counter(re.findall(r"\{(.*?)\}", text))


def forms(text: object) -> list[str]:
    return [text] if isinstance(text, str) else [*text] if isinstance(text, tuple | list) else []


def test_template_has_every_text_that_is_marked_in_the_source() -> None:
    assert keys([*extracted()]) == keys([*read_catalogue(TEMPLATE)]), UPDATE


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue_has_the_texts_of_the_template(language: str) -> None:
    found = catalogue(language)
    assert keys([*found]) == keys([*read_catalogue(TEMPLATE)]), UPDATE
    assert found.obsolete == {}, UPDATE


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    missing = [
        message.id
        for message in catalogue(language)
        if message.id and (message.fuzzy or not forms(message.string) or not all(forms(message.string)))
    ]
    assert missing == [], TRANSLATE.format(language)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translation_has_the_placeholders_of_its_text(language: str) -> None:
    wrong = [
        (message.id, form)
        for message in catalogue(language)
        for form in forms(message.string)
        if message.id and form and placeholders(form) != placeholders(forms(message.id)[-1])
    ]
    assert wrong == [], TRANSLATE.format(language)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translation_has_the_spaces_around_its_text(language: str) -> None:
    wrong = [
        form
        for message in catalogue(language)
        for form in forms(message.string)
        if form
        and (
            form != form.rstrip()
            or bool(re.match(r"\s", form)) != bool(re.match(r"\s", forms(message.id)[0]))
        )
        if message.id
    ]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_characters_of_a_translation_can_be_shown(language: str) -> None:
    """A no-break space, say, would be escaped as a control character is."""
    assert [
        form
        for message in catalogue(language)
        if message.id
        for form in forms(message.string)
        if not form.isprintable()
    ] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_compiled_catalogue_is_that_of_its_source(language: str) -> None:
    with file_of(language).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in catalogue(language):
        if not message.id or not all(forms(message.string)):
            continue
        one, *more = forms(message.id)
        if more:
            said = [compiled.ngettext(one, more[0], count) for count in (1, 2)]
        else:
            said = [compiled.pgettext(message.context, one) if message.context else compiled.gettext(one)]
        assert said == forms(message.string), UPDATE


def test_every_folder_has_a_catalogue_in_both_forms() -> None:
    folders = sorted(path.name for path in LOCALE.iterdir() if path.is_dir())
    assert folders == TRANSLATED
    assert all((LOCALE / name / "LC_MESSAGES" / f"{DOMAIN}.po").is_file() for name in folders)


def test_no_text_is_marked_where_it_is_not_collected() -> None:
    """Within an f-string, say."""
    marked = {
        ast.literal_eval(argument)
        for file in LOCALE.parent.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS
        for argument in call.args[: MARKS[call.func.id]]
        if isinstance(argument, ast.Constant)
    }
    collected = {form for message in extracted() for form in (*forms(message.id), message.context)}
    assert marked - collected == set()


def unmarked_sentences(file: Path) -> list[str]:
    """Texts of ``file`` that begin as a sentence does, and that no function marks; docstrings are none."""
    tree = ast.parse(file.read_text())
    known: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            known.update(part for argument in node.args for part in ast.walk(argument))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            known.add(node.value)
    return [
        f"{file.name}:{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in known
        if re.match(r"[^a-z]*[A-Z].*[A-Za-z'] [a-z]{2}", node.value)
    ]


@pytest.mark.parametrize("place", ["tui", "text", "ui_texts.py"])
def test_every_sentence_of_screens_and_plain_text_is_marked(place: str) -> None:
    where = LOCALE.parent / place
    files = sorted(where.rglob("*.py")) if where.is_dir() else [where]
    found = [text for file in files if file.name not in NOT_FOR_PEOPLE for text in unmarked_sentences(file)]
    assert found == [], "Mark them as CONTRIBUTING.md says, `A text that a person reads`."
