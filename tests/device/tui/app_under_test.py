"""The app of the device in a simulated terminal."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from textual.pilot import Pilot

from pairgrant.exit_codes import ExitCode
from pairgrant.tui import letter_shapes
from pairgrant.tui.app import PairgrantApp
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.ended import EndedScreen
from pairgrant.tui.screens.pairing import PairingScreen
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens.staff import PinPanel
from pairgrant.tui.screens.token_details import TokenDetails
from pairgrant.tui.widgets.big_text import BigText
from tests.device.manual_clock import ManualClock
from tests.device.tui.screen_reader import big_letters, big_texts

HOSTILE = "\x1b]52;c;aGk=\x07 \x9b2J \u202egnp [bold]x[/] [@click=app.leave]y[/]"
ESCAPED = "\\x1b]52;c;aGk=\\x07 \\x9b2J \\u202egnp [bold]x[/] [@click=app.leave]y[/]"
SIZES = [
    (320, 90),
    (200, 60),
    (120, 40),
    (100, 32),
    (80, 24),
    (60, 40),
    (60, 20),
    (51, 20),
    (40, 12),
    (20, 6),
]
WITH_QR = SIZES[:7]


class AppUnderTest:
    """The app in a simulated terminal, and what is on its screen."""

    def __init__(self, pilot: Pilot[ExitCode], manual_clock: ManualClock) -> None:
        self.pilot = pilot
        self.app = pilot.app
        self.manual_clock = manual_clock

    @property
    def text(self) -> str:
        """The text of the screen, row by row."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def words(self) -> str:
        """The text without line ends, for sentences that are wrapped, and the texts in big letters."""
        return " ".join([*self.text.split(), *big_texts(self.app.screen)])

    @property
    def headline(self) -> str:
        """The headline as a person reads it, in capitals."""
        heading = self.app.screen.query(".headline").first(BigText)
        return (
            big_letters(self.app.screen, heading.region, heading.scale)
            if heading.scale
            else heading.says.upper()
        )

    async def resize(self, size: tuple[int, int]) -> None:
        await self.pilot.resize_terminal(*size)
        await self.rest()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.rest()

    async def pass_time(self, seconds: float) -> None:
        await self.manual_clock.pass_time(seconds)
        await self.rest()

    async def rest(self) -> None:
        """Let the background tasks and the screens finish."""
        for _ in range(3):
            await self.manual_clock.settle()
            await self.pilot.pause()
        if isinstance(self.app, PairgrantApp):
            self.app.tick()
            self.app.look_after_people()
        for screen in self.app.screen_stack:
            if isinstance(
                screen, CodeScreen | EndedScreen | PairingScreen | SignedInScreen | TokenDetails | PinPanel
            ):
                screen.tick()
        await self.pilot.pause()


Open = Callable[..., AbstractAsyncContextManager[AppUnderTest]]


def code_on(text: str) -> bool:
    """Whether the code WDJB-MJHT is shown, in letters of any size."""
    rows = text.splitlines()

    def drawn(line: str, scale: int) -> bool:
        block = letter_shapes.draw(line, scale)
        return any(
            all(part in row for part, row in zip(block, rows[top:], strict=False))
            for top in range(len(rows) - len(block) + 1)
        )

    for scale in (1, 2, 3):
        whole = drawn("WDJB-MJHT", scale)
        if whole or (drawn("MJHT", scale) and (drawn("WDJB-", scale) or drawn("WDJB", scale))):
            return True
    return "WDJB-MJHT" in text or "W D J B - M J H T" in text
