"""Which way ``pairgrant login`` takes."""

import pytest

from pairgrant.session.device_record import LoginWay
from pairgrant.sign_in.login_way import LoginChoice, login_choice

BROWSER, CODE = LoginWay.BROWSER, LoginWay.DEVICE_CODE


@pytest.mark.parametrize("remembered", [None, BROWSER, CODE])
@pytest.mark.parametrize("demanded", [BROWSER, CODE])
@pytest.mark.parametrize("is_there", [True, False])
def test_option_decides(*, demanded: LoginWay, remembered: LoginWay | None, is_there: bool) -> None:
    choice = login_choice(demanded, remembered, has_browser=is_there, is_in_front=is_there)
    assert choice == LoginChoice(demanded, is_demanded=True)


@pytest.mark.parametrize(
    ("remembered", "has_browser", "is_in_front", "way"),
    [
        (None, True, True, BROWSER),
        (None, True, False, CODE),
        (None, False, False, CODE),
        (BROWSER, True, True, BROWSER),
        (BROWSER, True, False, BROWSER),
        (BROWSER, False, False, CODE),
        (CODE, True, True, CODE),
        (CODE, True, False, CODE),
        (CODE, False, False, CODE),
    ],
)
def test_remembered_choice_decides_next_and_then_the_machine(
    *, remembered: LoginWay | None, has_browser: bool, is_in_front: bool, way: LoginWay
) -> None:
    choice = login_choice(None, remembered, has_browser=has_browser, is_in_front=is_in_front)
    assert choice == LoginChoice(way, is_demanded=False)
