"""The JSON lines of a pairing, for programs."""

import json

from pairgrant.events import PollFailed, PollRecovered
from pairgrant.text.json_events import JsonEvents


def test_trouble_is_ended_before_the_event_that_ends_the_sign_in() -> None:
    lines: list[str] = []
    display = JsonEvents(lines.append)
    display(PollFailed("no response", 10.0))
    display(PollFailed("no response", 30.0))
    display.end("expired")
    assert [json.loads(line)["event"] for line in lines] == ["trouble", "trouble", "trouble_ended", "expired"]


def test_trouble_is_ended_once() -> None:
    lines: list[str] = []
    display = JsonEvents(lines.append)
    display(PollFailed("no response", 10.0))
    display(PollRecovered())
    display.end("expired")
    assert [json.loads(line)["event"] for line in lines] == ["trouble", "trouble_ended", "expired"]
