"""What the connected screen says about its sign-in, in the words of each language."""

import re

import pytest

from pairgrant.translation import use_language
from pairgrant.tui.home_texts import Connection, connection_line, permissions
from pairgrant.tui.widgets.notice_pages import age
from tests.device.manual_clock import WALL


def since(seconds_ago: float) -> str:
    """The line of a confirmed connection, with 0 for every digit, because the local time differs."""
    line = connection_line(
        Connection().confirmed(),
        server="https://pair.example",
        since=WALL - seconds_ago,
        wall=WALL,
        is_refreshed=True,
    )
    return re.sub(r"\d+", "0", line)


@pytest.mark.parametrize(
    ("language", "today", "earlier"),
    [
        ("en", "✓ Connected since 0:0", "✓ Connected since 0 August, 0:0"),
        ("de", "✓ Verbunden seit 0:0", "✓ Verbunden seit dem 0. August, 0:0"),
        ("es", "✓ Conectada desde las 0:0", "✓ Conectada desde el 0 de agosto, 0:0"),
        ("fr", "✓ Connecté depuis 0:0", "✓ Connecté depuis le 0 août, 0:0"),
        ("it", "✓ Collegato dalle 0:0", "✓ Collegato dal 0 agosto, 0:0"),
    ],
)
def test_beginning_of_a_connection_has_its_date_once_the_time_does_not_tell(
    language: str, today: str, earlier: str
) -> None:
    use_language(language)
    assert (since(60), since(40 * 86_400)) == (today, earlier)


def test_permissions_are_a_list_in_one_sentence() -> None:
    use_language("de")
    assert permissions(["openid", "profile", "board:read", "x:y"]) == (
        "Dieser Bildschirm darf Ihren Namen sehen, Mitteilungen anzeigen und x:y."
    )


def test_age_is_short_in_every_language() -> None:
    use_language("fr")
    assert [age(seconds) for seconds in (5, 130, 7_300, 200_000)] == [
        *("à l'instant", "il y a 2 min", "il y a 2 h", "il y a 2 j")
    ]
