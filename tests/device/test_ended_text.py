"""Who or what ended a sign-in, and when, as a person at the device reads it."""

from datetime import datetime

import pytest

from pairgrant.translation import languages, use_language
from pairgrant.ui_texts import ended_text
from pairgrant_protocol.sign_in_end import EndedBy, SignInEnd

AT = 1_790_000_000.0
TIME = f"{datetime.fromtimestamp(AT).astimezone():%H:%M}"


@pytest.mark.parametrize(
    ("by", "name", "text"),
    [
        (EndedBy.USER, "Alice", f"Signed out by Alice on their phone, {TIME}."),
        (EndedBy.USER, None, f"Signed out on the phone, {TIME}."),
        (EndedBy.OPERATOR, None, f"Signed out by the operator of the server, {TIME}."),
        (EndedBy.OPERATOR, "Alice", f"Signed out by the operator of the server, {TIME}."),
        (EndedBy.REUSE, "Alice", f"Signed out because an old token was used again, {TIME}."),
        (EndedBy.EXPIRED, None, f"The sign-in expired, {TIME}."),
    ],
)
def test_end_is_said_with_the_time_of_day(by: EndedBy, name: str | None, text: str) -> None:
    assert ended_text(SignInEnd(by, AT, name), AT + 60) == text


@pytest.mark.parametrize("by", EndedBy)
def test_each_end_has_a_text_of_its_own_in_each_language(by: EndedBy) -> None:
    others = [one for one in EndedBy if one is not by]
    for language in languages():
        use_language(language)
        try:
            text = ended_text(SignInEnd(by, AT), AT)
            assert TIME in text
            assert text not in {ended_text(SignInEnd(one, AT), AT) for one in others}
        finally:
            use_language("en")


@pytest.mark.parametrize("later", [86_401, -86_401])
def test_end_of_another_day_has_a_date(later: float) -> None:
    moment = datetime.fromtimestamp(AT).astimezone()
    text = ended_text(SignInEnd(EndedBy.USER, AT, "Alice"), AT + later)
    assert text == f"Signed out by Alice on their phone, {moment.day} {moment:%B}, {TIME}."


@pytest.mark.parametrize("at", [0.0, 32_503_679_999.0])
def test_clock_that_is_far_off_does_not_stop_the_screen(at: float) -> None:
    assert "on the phone" in ended_text(SignInEnd(EndedBy.USER, at), AT)


def test_hostile_name_is_escaped_and_cut() -> None:
    name = "\x1b]52;c;aGk=\x07\n{time} \u202e[bold]" + "A" * 500
    text = ended_text(SignInEnd(EndedBy.USER, AT, name), AT)
    assert "\\x1b]52;c;aGk=\\x07\\x0a{time} \\u202e[bold]" in text
    assert text.isprintable()
    assert len(text) < 120
