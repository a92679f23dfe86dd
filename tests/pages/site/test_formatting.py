"""Dates, times and durations as each language writes them, in the reader's time zone."""

from collections.abc import Iterator
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest

from pairgrant_server.pages.site import formatting
from pairgrant_server.translation import Reader, catalogues, write_for
from tests.pages.pseudo_language import PseudoLanguage

NOON = 1_795_521_900  # 2026-11-24 12:05 UTC
ROME = ZoneInfo("Europe/Rome")


@pytest.fixture(autouse=True)
def english_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for language in ("de", "it", "pl", "zh-Hant"):
        monkeypatch.setitem(catalogues(), language, PseudoLanguage())
    yield
    write_for(Reader())


@pytest.mark.parametrize(
    ("language", "seconds", "text"),
    [
        ("en", 0, "just now"),
        ("en", 60, "1 minute ago"),
        ("en", 59 * 60 + 59, "59 minutes ago"),
        ("en", 3600, "1 hour ago"),
        ("en", 20 * 86_400, "20 days ago"),
        ("en", 800 * 86_400, "800 days ago"),
        ("de", 180, "vor 3 Minuten"),
        ("de", 86_400, "vor 1 Tag"),
        ("it", 7200, "2 ore fa"),
        ("pl", 120, "2 minuty temu"),
        ("pl", 300, "5 minut temu"),
    ],
)
def test_past_time_is_rounded_down_in_its_largest_unit(language: str, seconds: float, text: str) -> None:
    write_for(Reader(language))
    assert formatting.time_ago(seconds) == text


@pytest.mark.parametrize(
    ("language", "seconds", "text"),
    [
        ("en", 30, "less than a minute"),
        ("en", 8 * 3600 + 1, "8 hours"),
        ("de", 86_400, "1 Tag"),
        ("it", 600, "10 minuti"),
    ],
)
def test_duration_is_rounded_down_in_its_largest_unit(language: str, seconds: float, text: str) -> None:
    write_for(Reader(language))
    assert formatting.duration(seconds) == text


@pytest.mark.parametrize(
    ("language", "time_zone", "text"),
    [
        ("en", UTC, "24 November 2026, 12:05 (UTC)"),
        ("en", ROME, "24 November 2026, 13:05 (CET)"),
        ("en", ZoneInfo("Asia/Kolkata"), "24 November 2026, 17:35 (UTC+05:30)"),
    ],
)
def test_time_names_its_zone(language: str, time_zone: tzinfo, text: str) -> None:
    write_for(Reader(language, time_zone))
    assert formatting.moment(NOON) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "24 November 2026"),
        ("de", "24. November 2026"),
        ("it", "24 novembre 2026"),
        ("zh-Hant", "2026年11月24日"),
    ],
)
def test_date_is_written_as_in_the_language(language: str, text: str) -> None:
    write_for(Reader(language))
    assert formatting.date(NOON) == text


def test_date_is_the_one_of_the_time_zone() -> None:
    write_for(Reader(time_zone=ZoneInfo("Pacific/Auckland")))
    assert formatting.date(NOON) == "25 November 2026"
    assert str(formatting.date_element(NOON)) == '<time datetime="2026-11-25">25 November 2026</time>'


def test_element_of_a_time_is_exact_for_programs() -> None:
    write_for(Reader(time_zone=ROME))
    assert str(formatting.time_element(NOON)) == (
        '<time datetime="2026-11-24T12:05:00+00:00">24 November 2026, 13:05 (CET)</time>'
    )
