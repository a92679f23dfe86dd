"""The catalogues of the device and of the pages: they know every text, and say the same in each language."""

import ast
import gettext
import re
from collections import Counter

import pytest
from babel.messages.catalog import Message

from tests.catalogues.catalogues import DEVICE, SERVER, Catalogues

KEPT = [DEVICE, SERVER]
TRANSLATED = [
    pytest.param(kept, name, id=f"{kept.domain} {name}") for kept in KEPT for name in kept.languages
]
BOTH = [pytest.param(kept, id=kept.domain) for kept in KEPT]
MARKS = {"gettext": 1, "ngettext": 2, "pgettext": 2, "Translatable": 1}
"""Functions that mark texts, and how many texts they take."""

UPDATE = "Run `make messages`."
TRANSLATE = (
    "Translate these texts in {0} (none may be fuzzy, or without its placeholders; those of the device have "
    "to fit into 40x12), then run `make messages`."
)

in_each_language = pytest.mark.parametrize(("kept", "language"), TRANSLATED)


def keys(messages: list[Message]) -> set[tuple[str | None, str]]:
    return {(message.context, str(message.id)) for message in messages if message.id}


def placeholders(text: str) -> Counter[str]:
    """``{name}`` of the source, ``%(name)s`` of templates."""
    return Counter(re.findall(r"\{.*?\}|%\(.*?\)s|%", text))


def markup(text: str) -> Counter[str]:
    """Tags, and the characters that would make some; they are not escaped in a template."""
    return Counter(re.findall(r'<[^>]*>|[<>&"]', text))


def forms(text: object) -> list[str]:
    return [text] if isinstance(text, str) else [*text] if isinstance(text, tuple | list) else []


@pytest.mark.parametrize("kept", BOTH)
def test_template_has_every_text_that_is_marked_in_the_source(kept: Catalogues) -> None:
    assert keys([*kept.extracted()]) == keys([*kept.read(kept.template)]), UPDATE


@in_each_language
def test_catalogue_has_the_texts_of_the_template(kept: Catalogues, language: str) -> None:
    found = kept.catalogue(language)
    assert keys([*found]) == keys([*kept.read(kept.template)]), UPDATE
    assert found.obsolete == {}, UPDATE


@in_each_language
def test_every_text_is_translated(kept: Catalogues, language: str) -> None:
    missing = [
        message.id
        for message in kept.catalogue(language)
        if message.id and (message.fuzzy or not forms(message.string) or not all(forms(message.string)))
    ]
    assert missing == [], TRANSLATE.format(kept.file_of(language))


@in_each_language
def test_translation_has_the_placeholders_and_the_markup_of_its_text(kept: Catalogues, language: str) -> None:
    """The pages write a translation as HTML."""
    wrong = [
        (message.id, form)
        for message in kept.catalogue(language)
        for form in forms(message.string)
        if message.id and form
        if placeholders(form) != placeholders(forms(message.id)[-1])
        or markup(form) != markup(forms(message.id)[-1])
    ]
    assert wrong == [], TRANSLATE.format(kept.file_of(language))


@in_each_language
def test_translation_has_the_spaces_around_its_text(kept: Catalogues, language: str) -> None:
    wrong = [
        form
        for message in kept.catalogue(language)
        for form in forms(message.string)
        if form
        and (
            form != form.rstrip()
            or bool(re.match(r"\s", form)) != bool(re.match(r"\s", forms(message.id)[0]))
        )
        if message.id
    ]
    assert wrong == []


@in_each_language
def test_characters_of_a_translation_can_be_shown(kept: Catalogues, language: str) -> None:
    """A no-break space, say, would be escaped as a control character is."""
    assert [
        form
        for message in kept.catalogue(language)
        if message.id
        for form in forms(message.string)
        if not form.isprintable()
    ] == []


@in_each_language
def test_compiled_catalogue_is_that_of_its_source(kept: Catalogues, language: str) -> None:
    with kept.file_of(language).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in kept.catalogue(language):
        if not message.id or not all(forms(message.string)):
            continue
        one, *more = forms(message.id)
        if more:
            said = [compiled.ngettext(one, more[0], count) for count in (1, 2)]
        else:
            said = [compiled.pgettext(message.context, one) if message.context else compiled.gettext(one)]
        assert said == forms(message.string), UPDATE


@in_each_language
def test_every_folder_has_a_catalogue_in_both_forms(kept: Catalogues, language: str) -> None:
    assert kept.file_of(language).is_file()
    assert kept.file_of(language).with_suffix(".mo").is_file()


@pytest.mark.parametrize("kept", BOTH)
def test_no_text_is_marked_where_it_is_not_collected(kept: Catalogues) -> None:
    """Within an f-string, say."""
    marked = {
        ast.literal_eval(argument)
        for file in kept.locale.parent.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS
        for argument in call.args[: MARKS[call.func.id]]
        if isinstance(argument, ast.Constant)
    }
    collected = {form for message in kept.extracted() for form in (*forms(message.id), message.context)}
    assert marked - collected == set()
