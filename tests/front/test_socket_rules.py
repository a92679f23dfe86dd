"""Frames from a browser, judged before Socket.IO sees them."""

import pytest

from pairgrant_server.front.socket_rules import (
    BYTES_PER_MINUTE,
    FRAMES_PER_MINUTE,
    MAX_FRAME_BYTES,
    FrameBudget,
)

ACK = '42["ack",{"client_id":"x","next_message_id":3}]'


@pytest.fixture
def connected() -> FrameBudget:
    budget = FrameBudget()
    assert budget.allows("40", 0)
    return budget


@pytest.mark.parametrize("frame", ["3", "41", ACK, "1"])
def test_frames_that_a_page_sends_are_passed_on(connected: FrameBudget, frame: str) -> None:
    assert connected.allows(frame, 0)


@pytest.mark.parametrize(
    "frame",
    [
        b"\x04x",
        b"",
        None,
        "",
        '451-["x",{"_placeholder":true,"num":0}]',
        '459999999999-["x",{"_placeholder":true,"num":0}]',
        "461-[]",
        "4",
        "43[]",
        "44{}",
        "47",
        "0{}",
        "2probe",
        "2",
        "5",
        "6",
        "bAAAA",
        "42/other,[]",
        "42" + "9" * 100 + "[]",
        "41/other",
        " 40",
    ],
)
def test_other_frames_are_refused(connected: FrameBudget, frame: str | bytes | None) -> None:
    assert not connected.allows(frame, 0)


MALFORMED = [
    "{",
    '{"a":NaN}',
    "{}{}",
    '{"a":1e999}',
    '{"a":' + "9" * 400 + "}",
    '{"a":"\\ud800"}',
    '{"a":1,"a":2}',
    '{"a":' * 900 + "1" + "}" * 900,
    "[]",
]


@pytest.mark.parametrize("payload", MALFORMED)
def test_connect_with_other_than_one_strict_json_object_is_refused(payload: str) -> None:
    assert not FrameBudget().allows("40" + payload, 0)


@pytest.mark.parametrize(
    "payload", ["[", "[NaN]", '["a"][]', '["\\ud800"]', "[" * 3900, '[{"a":1,"a":2}]', "{}"]
)
def test_event_with_other_than_one_strict_json_array_is_refused(connected: FrameBudget, payload: str) -> None:
    assert not connected.allows("42" + payload, 0)


@pytest.mark.parametrize("frame", ["40", '40{"a":1}'])
def test_second_connect_is_refused(connected: FrameBudget, frame: str) -> None:
    assert not connected.allows(frame, 0)


def test_connect_to_another_namespace_is_refused() -> None:
    assert not FrameBudget().allows("40/other,", 0)


def test_event_before_connect_is_refused() -> None:
    assert not FrameBudget().allows(ACK, 0)


def test_frame_of_more_than_four_kilobytes_is_refused(connected: FrameBudget) -> None:
    assert connected.allows('42["' + "a" * (MAX_FRAME_BYTES - 6) + '"]', 0)
    assert not connected.allows('42["' + "a" * (MAX_FRAME_BYTES - 5) + '"]', 0)
    assert not connected.allows('42["' + "ü" * (MAX_FRAME_BYTES // 2) + '"]', 0), "bytes count"


def test_frames_per_minute_are_bounded_and_allowed_again_later(connected: FrameBudget) -> None:
    assert all(connected.allows("3", 1) for _ in range(FRAMES_PER_MINUTE - 1))
    assert not connected.allows("3", 59)
    assert connected.allows("3", 60)


def test_bytes_per_minute_are_bounded(connected: FrameBudget) -> None:
    frame = '42["' + "a" * (MAX_FRAME_BYTES - 6) + '"]'
    passed = [connected.allows(frame, 1) for _ in range(BYTES_PER_MINUTE // MAX_FRAME_BYTES)]
    assert passed == [True] * (len(passed) - 1) + [False]
