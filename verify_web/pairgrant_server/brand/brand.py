"""The operator's brand, checked: a name, an accent colour, a logo, texts and links at the foot of pages."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pairgrant_protocol.colour import parse_colour
from pairgrant_protocol.visible_text import visible
from pairgrant_server.brand.errors import BrandError
from pairgrant_server.brand.logo import Logo
from pairgrant_server.brand.texts import NO_TEXTS, OwnTexts

DEFAULT_NAME = "Pairgrant"

LONGEST_NAME = 40
"""Characters; the name and the navigation share one line from 40 rem."""

_LONGEST_LINK = 2000
_SCHEMES = {"https", "mailto"}


@dataclass(frozen=True, slots=True)
class Brand:
    """``accent`` is ``#rrggbb``, or None for the site's own; the links are "" where there is none."""

    name: str = DEFAULT_NAME
    accent: str | None = None
    logo: Logo | None = None
    support_url: str = ""
    privacy_url: str = ""
    imprint_url: str = ""
    texts: OwnTexts = NO_TEXTS
    """Texts of the pages in the operator's words."""


def checked_name(name: str) -> str:
    """Raises ``BrandError``."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise BrandError(f"a name of the site has 1 to {LONGEST_NAME} characters")
    if visible(name) != name:
        raise BrandError("a name of the site has no control characters and no invisible ones")
    return name


def checked_accent(accent: str) -> str:
    """``#rrggbb``, or "" for none. Raises ``BrandError``."""
    if not accent.strip():
        return ""
    colour = parse_colour(accent)
    if colour is None:
        raise BrandError("a colour is written like #0b6b5d, #0a5 or teal")
    return colour


def checked_link(link: str) -> str:
    """An https or mailto URL, or "" for none. Raises ``BrandError``."""
    link = link.strip()
    if not link:
        return ""
    wanted = "write a link like https://example.com/help or mailto:help@example.com"
    if len(link) > _LONGEST_LINK or not link.isascii() or not link.isprintable() or " " in link:
        raise BrandError(f"a link has at most {_LONGEST_LINK} visible ASCII characters; {wanted}")
    try:
        parts = urlsplit(link)
        named = parts.hostname if parts.scheme == "https" else parts.path.partition("@")[2]
    except ValueError as error:
        raise BrandError(f"{error}; {wanted}") from None
    if parts.scheme not in _SCHEMES or not named or parts.username is not None:
        raise BrandError(wanted)
    return link
