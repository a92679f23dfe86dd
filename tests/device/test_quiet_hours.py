"""Quiet hours: a span of the local day, over midnight and through changes of the clocks."""

import time
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pairgrant.quiet_hours import QuietHours, parse_quiet_hours

ROME = ZoneInfo("Europe/Rome")


@pytest.fixture(autouse=True)
def _rome(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Rome")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ROME, fold=fold).timestamp()


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("22:00-06:30", 22 * 60, 6 * 60 + 30),
        (" 9:05 \u2013 17:00 ", 9 * 60 + 5, 17 * 60),
        ("00:00-23:59", 0, 23 * 60 + 59),
    ],
)
def test_span_is_parsed(text: str, begins: int, ends: int) -> None:
    assert parse_quiet_hours(text) == QuietHours(begins, ends)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "22:00",
        "22-06",
        "24:00-06:00",
        "22:60-06:00",
        "22:00-22:00",
        "22:00-06:00x",
        "\u0662:00-03:00",
        "a-b",
    ],
)
def test_other_texts_are_no_span(text: str) -> None:
    assert parse_quiet_hours(text) is None


@pytest.mark.parametrize(
    ("moment", "is_quiet"),
    [
        ("21:59:59", False),
        ("22:00", True),
        ("23:59:59", True),
        ("00:00", True),
        ("06:29", True),
        ("06:30", False),
    ],
)
def test_span_over_midnight_includes_its_begin_and_not_its_end(moment: str, is_quiet: bool) -> None:  # noqa: FBT001 - a row of the table above
    assert QuietHours(22 * 60, 6 * 60 + 30).contains(at(f"2026-11-26T{moment}")) is is_quiet


def test_span_within_a_day() -> None:
    lunch = QuietHours(12 * 60, 13 * 60)
    assert [lunch.contains(at(f"2026-11-26T{hour}")) for hour in ("11:59", "12:00", "13:00")] == [
        False,
        True,
        False,
    ]


def test_span_follows_the_clocks_on_the_wall_when_they_change() -> None:
    night = QuietHours(22 * 60, 6 * 60 + 30)
    for day in ("2026-03-29", "2026-10-25"):  # one hour less, and one more
        assert night.contains(at(f"{day}T06:29"))
        assert not night.contains(at(f"{day}T06:30"))
    skipped = QuietHours(2 * 60, 3 * 60)
    begin = int(at("2026-03-29T01:59"))
    assert not any(skipped.contains(begin + second) for second in range(0, 7200, 60))
    repeated = at("2026-10-25T02:30", fold=1)
    assert skipped.contains(repeated)
    assert skipped.contains(repeated - 3600)


def test_end_is_written_with_two_digits() -> None:
    assert QuietHours(22 * 60, 6 * 60 + 5).end == "06:05"
