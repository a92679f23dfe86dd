"""The screen after a sign-in that was ended at the server."""

from datetime import datetime, time
from typing import Any

import pytest

from pairgrant.translation import languages, use_language
from tests.device.manual_clock import WALL
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import HOSTILE, Open
from tests.device.tui.screen_reader import cut_texts
from tests.device.tui.test_whole_texts import LARGE_ENOUGH


def end_by_alice(server: SimulatedServer, name: str = "Alice Liddell", **changes: Any) -> None:
    members = {"by": "user", "at": int(WALL), "name": name, **changes}
    server.on("/token", server.says({"error": "invalid_grant", "pairgrant_ended": members}, 400))
    server.on("/board/notices", server.says({"error": "invalid_token"}, 401))


TIME = f"{datetime.fromtimestamp(WALL).astimezone():%H:%M}"


async def test_remote_sign_out_says_who_and_when_with_the_next_look_at_the_board(
    server: SimulatedServer, at_home: Open
) -> None:
    async with at_home() as seen:
        end_by_alice(server)
        await seen.pass_time(6)
        assert seen.headline == "NO LONGER CONNECTED"
        assert f"Signed out by Alice Liddell on their phone, {TIME}." in seen.words
        assert "Lunch is at 12" not in seen.text, "the notices are Alice's"


async def test_screen_that_stays_for_days_gets_a_date(server: SimulatedServer, at_home: Open) -> None:
    async with at_home() as seen:
        end_by_alice(server)
        await seen.pass_time(6)
        await seen.pass_time(86_400)
        moment = datetime.fromtimestamp(WALL).astimezone()
        assert f"on their phone, {moment.day} {moment:%B}, {TIME}." in seen.words


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("by", ["user", "report", "reuse"])
async def test_end_is_never_cut(server: SimulatedServer, at_home: Open, language: str, by: str) -> None:
    async with at_home() as seen:
        use_language(language)
        try:
            end_by_alice(server, "Wolfgang Amadeus von Hohenlohe-Langenburg", by=by)
            await seen.pass_time(6)
            for size in LARGE_ENOUGH:
                await seen.resize(size)
                assert cut_texts(seen.app.screen) == [], size
        finally:
            use_language("en")


async def test_name_is_never_interpreted(server: SimulatedServer, at_home: Open) -> None:
    async with at_home() as seen:
        end_by_alice(server, HOSTILE)
        await seen.pass_time(6)
        assert "\x1b]52" not in seen.text
        assert "\\x1b]52;c;aGk=\\x07" in seen.words


@pytest.mark.parametrize(
    "changes", [{"at": 1e300}, {"at": "now"}, {"by": "aliens"}, {"at": None}, {"by": ["user"]}]
)
async def test_unusable_end_is_shown_as_that_of_another_server(
    server: SimulatedServer, at_home: Open, changes: dict[str, Any]
) -> None:
    async with at_home() as seen:
        end_by_alice(server, **changes)
        await seen.pass_time(6)
        assert "The server has ended this sign-in" in seen.words


async def test_name_of_a_guest_is_not_shown_to_the_next_one(server: SimulatedServer, at_home: Open) -> None:
    due = datetime.fromtimestamp(WALL + 3600).astimezone()
    options = {"guest_until": time(due.hour, due.minute)}
    async with at_home({"signed_in_at": WALL}, options=options) as seen:
        end_by_alice(server)
        await seen.pass_time(6)
        assert f"Signed out on the phone, {TIME}." in seen.words
        assert "Alice" not in seen.words
