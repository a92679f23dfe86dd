"""Texts of the pages in the reader's language, in Python and in templates."""

import asyncio
import gettext as standard
from collections.abc import Iterator

import pytest

from pairgrant_server.errors import PairgrantServerError
from pairgrant_server.pages.site.rendering import environment
from pairgrant_server.translation import (
    Reader,
    Translatable,
    catalogues,
    gettext,
    languages,
    ngettext,
    pgettext,
    reader,
    translated,
    write_for,
)

POLISH = {
    "Hello, {name}": "Cześć, {name}",
    "Hello, <b>%(name)s</b>": "Cześć, <b>%(name)s</b>",
    "No": "Nie",
}
FORMS = ("%(count)s urządzenie", "%(count)s urządzenia", "%(count)s urządzeń")


class Polish(standard.NullTranslations):
    """Three plural forms."""

    def gettext(self, message: str) -> str:
        return POLISH.get(message, message)

    def pgettext(self, context: str, message: str) -> str:
        return f"{POLISH[message]} ({context})"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        form = 0 if n == 1 else 1 if n % 10 in {2, 3, 4} and n % 100 not in {12, 13, 14} else 2
        return FORMS[form] if "%" in msgid1 else FORMS[form].replace("%(count)s", "{count}")


@pytest.fixture(autouse=True)
def in_polish(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(catalogues(), "pl", Polish())
    write_for(Reader("pl"))
    yield
    write_for(Reader())


def test_english_comes_first_and_four_others_can_be_chosen() -> None:
    assert languages()[0] == "en"
    assert {"de", "es", "fr", "it"} <= set(languages())


def test_text_has_its_values() -> None:
    assert gettext("Hello, {name}", name="Ala") == "Cześć, Ala"
    assert pgettext("answer", "No") == "Nie (answer)"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "1 urządzenie"),
        (3, "3 urządzenia"),
        (5, "5 urządzeń"),
        (12, "12 urządzeń"),
        (22, "22 urządzenia"),
    ],
)
def test_plural_has_the_form_of_its_number(count: int, text: str) -> None:
    assert ngettext("{count} device", "{count} devices", count) == text
    template = environment.from_string(
        "{% trans count=count %}{{ count }} device{% pluralize %}{{ count }} devices{% endtrans %}"
    )
    assert template.render(count=count) == text


def test_error_is_english_for_programs_and_translated_for_a_person() -> None:
    error = PairgrantServerError(Translatable("Hello, {name}", name="Ala"))
    assert str(error) == "Hello, Ala"
    assert translated(error.text) == "Cześć, Ala"


def test_template_translates_what_it_shows_and_escapes_values() -> None:
    template = environment.from_string('{{ text }} {{ _("Hello, <b>%(name)s</b>", name=name) }}')
    shown = template.render(text=Translatable("Hello, {name}", name="<i>"), name="<i>")
    assert shown == "Cześć, &lt;i&gt; Cześć, <b>&lt;i&gt;</b>"


def test_value_with_braces_or_percent_signs_stays_as_it_is() -> None:
    template = environment.from_string('{{ _("Hello, <b>%(name)s</b>", name=name) }}')
    assert template.render(name="%(name)s {0}") == "Cześć, <b>%(name)s {0}</b>"


async def test_tasks_of_a_request_share_its_reader_and_other_requests_have_their_own() -> None:
    async def request(language: str) -> str:
        write_for(Reader())
        await asyncio.create_task(account_is_known(language))
        return reader().language

    async def account_is_known(language: str) -> None:
        reader().language = language

    both = await asyncio.gather(asyncio.create_task(request("pl")), asyncio.create_task(request("de")))
    assert [*both] == ["pl", "de"]


async def test_thread_has_the_reader_of_its_request() -> None:
    assert await asyncio.to_thread(gettext, "Hello, {name}", name="Ala") == "Cześć, Ala"
