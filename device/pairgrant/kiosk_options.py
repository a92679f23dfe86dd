"""How a kiosk looks and behaves, apart from the server and the client that ``DeviceSettings`` names."""

from dataclasses import dataclass

from pairgrant.logo import Logo
from pairgrant.quiet_hours import QuietHours

AUTO = "auto"
"""The theme that suits the background of the terminal; ``pairgrant.tui.run`` looks which that is."""


@dataclass(frozen=True, slots=True)
class KioskOptions:
    """Checked options of ``pairgrant kiosk``; the defaults are those of an app in a test."""

    theme: str = "dark"
    """A key of ``pairgrant.tui.theme.THEMES``, or ``AUTO`` for ``pairgrant.tui.run``."""
    auto: bool = False
    """Whether codes are shown without a key being pressed, and the kiosk never exits by itself."""
    brand: str | None = None
    """The name at the top of every screen in place of Pairgrant."""
    accent: str | None = None
    """``#rrggbb``; a theme uses the nearest colour that can be read on its background."""
    logo: Logo | None = None
    bell: bool = False
    """Whether the terminal rings when a pairing succeeds, and when it needs the person at the device."""
    quiet_hours: QuietHours | None = None
    """When the screen is dim and shows no code by itself."""
