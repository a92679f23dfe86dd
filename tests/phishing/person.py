"""A person with a real browser, who goes along with whatever a page or an attacker asks of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from playwright.async_api import Page

from tests.journey.service import PASSWORD
from tests.tabs import new_tab


class Reached(StrEnum):
    """Where a person's way ends."""

    OUTCOME = "outcome"
    """They approved, and the outcome page says what came of it."""
    NO_NUMBER = "no_number"
    """The page asks for a number, and they have none to type."""
    NO_CODE = "no_code"
    """The page asks for the code, and they don't know it."""
    QUESTION = "question"
    """The page asks whether to approve."""
    REFUSED = "refused"
    """The page doesn't let them approve."""


async def no_number() -> str | None:
    return None


@dataclass
class Person:
    """``number`` is where they look for the number that the page asks for; ``texts``: what pages said."""

    page: Page
    username: str = "alice"
    code: str | None = None
    number: Callable[[], Awaitable[str | None]] = no_number
    texts: list[str] = field(default_factory=list)
    _has_typed: bool = False

    async def goes_along(self, *, decides: bool = True) -> Reached:
        """From the open page on: type the code, sign in, and approve, until nothing is left to do.

        Without ``decides`` the way ends at the question.
        """
        self._has_typed = False
        for _ in range(9):
            self.texts.append(await self.page.locator("main").inner_text())
            match urlsplit(self.page.url).path:
                case "/outcome":
                    return Reached.OUTCOME
                case "/signin":
                    await self._sign_in()
                case "/consent" if not decides:
                    return Reached.QUESTION
                case "/consent":
                    if (end := await self._approve()) is not None:
                        return end
                case _:
                    if (end := await self._go_on()) is not None:
                        return end
        raise AssertionError(f"no end in sight: {self.texts}")

    @property
    def read(self) -> str:
        """All that pages said, in lower case."""
        return "\n".join(self.texts).lower()

    async def opens(self, address: str) -> None:
        """In a new tab: the page of the last one may be about to go on by itself."""
        self.page = await new_tab(self.page.context)
        await self.page.goto(address)

    async def opens_the_device(self) -> None:
        """The page of the first device of the list."""
        async with self.page.expect_navigation():
            await self.page.locator(".cards a").first.click()

    async def press(self, name: str) -> None:
        """Press a button that leads to another page."""
        async with self.page.expect_navigation():
            await self.page.get_by_role("button", name=name).first.click()

    async def _sign_in(self) -> None:
        await self.page.get_by_label("Username").fill(self.username)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.press("Sign in")

    async def _approve(self) -> Reached | None:
        if not await self.page.get_by_role("button", name="Approve").count():
            return Reached.REFUSED
        digits = self.page.locator("input[name=number]")
        if await digits.count():
            number = await self.number()
            if number is None:
                return Reached.NO_NUMBER
            await digits.fill(number)
        await self.press("Approve")
        if urlsplit(self.page.url).path != "/consent":
            return None
        self.texts.append(await self.page.locator("main").inner_text())
        return Reached.REFUSED

    async def _go_on(self) -> Reached | None:
        typed = self.page.locator("input[name=user_code]:visible")
        if await typed.count() and not await typed.input_value():
            if self.code is None or self._has_typed:
                return Reached.NO_CODE
            await typed.fill(self.code)
            self._has_typed = True
        async with self.page.expect_navigation():
            await self.page.locator("form[action='/device'] button.primary").click()
        return None
