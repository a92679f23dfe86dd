"""Fixtures that open the app on each of its screens."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from pairgrant.device import Device
from pairgrant.kiosk_options import KioskOptions
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.tui.app import PairgrantApp, Purpose
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.signed_in import SignedInScreen
from tests.device.manual_clock import ManualClock
from tests.device.tui.app_under_test import AppUnderTest, Open


@pytest.fixture
def opened(device: Device, manual_clock: ManualClock) -> Open:
    """``async with opened(size=…, purpose=…, **settings) as seen``: the app, just started."""

    @asynccontextmanager
    async def open_app(
        size: tuple[int, int] = (80, 24),
        purpose: Purpose = Purpose.KIOSK,
        *,
        auto: bool = False,
        options: dict[str, Any] | None = None,
        **settings: Any,
    ) -> AsyncIterator[AppUnderTest]:
        changed = replace(device, settings=replace(device.settings, **settings))
        app = PairgrantApp(changed, purpose, KioskOptions(auto=auto, **(options or {})))
        async with app.run_test(size=size) as pilot:
            seen = AppUnderTest(pilot, manual_clock)
            await seen.rest()
            yield seen

    return open_app


@pytest.fixture
def at_code(opened: Open) -> Open:
    """The app with a code on the screen."""

    @asynccontextmanager
    async def open_app(**options: Any) -> AsyncIterator[AppUnderTest]:
        async with opened(**options) as seen:
            await seen.press("enter")
            assert isinstance(seen.app.screen, CodeScreen)
            yield seen

    return open_app


@pytest.fixture
def at_home(opened: Open, stored: Callable[..., StoredTokens], keep: Callable[[StoredTokens], None]) -> Open:
    """The app on the connected screen."""

    @asynccontextmanager
    async def open_app(tokens: dict[str, Any] | None = None, **options: Any) -> AsyncIterator[AppUnderTest]:
        keep(stored(**(tokens or {})))
        async with opened(**options) as seen:
            assert isinstance(seen.app.screen, SignedInScreen)
            yield seen

    return open_app
