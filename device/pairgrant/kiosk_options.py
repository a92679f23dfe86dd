"""How a kiosk looks and behaves, apart from the server and the client that ``DeviceSettings`` names."""

from dataclasses import dataclass
from datetime import time

from pairgrant.logo import Logo
from pairgrant.quiet_hours import QuietHours
from pairgrant_protocol.secret import Secret

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
    lock: bool = False
    """Whether no key leaves the kiosk, signs it out or shows its tokens."""
    pin: Secret | None = None
    """4 to 12 digits that open the lock; None: nothing opens it."""
    guest_idle: float | None = None
    """Seconds without a key or the mouse after which a sign-in ends; None: it doesn't."""
    guest_until: time | None = None
    """The local time at which a sign-in ends each day; None: it doesn't."""

    @property
    def is_for_guests(self) -> bool:
        """Whether sign-ins end by themselves."""
        return self.guest_idle is not None or self.guest_until is not None
