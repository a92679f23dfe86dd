"""How the site looks: the operator's brand as a page writes it, and the files that it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from markupsafe import Markup

from pairgrant_server.brand.brand import Brand
from pairgrant_server.front.static_files import StaticFile, digest_of
from pairgrant_server.pages.site import assets
from pairgrant_server.pages.site.stylesheet import stylesheet

_CSS = "text/css; charset=utf-8"
_LOGO_HEIGHT = 32
"""CSS pixels at the default size of text."""


@dataclass(frozen=True, slots=True)
class Look:
    """``logo`` is markup: the site's own drawing, or an image of the operator's."""

    brand: Brand
    stylesheet_url: str
    icon_url: str
    logo: Markup
    files: Mapping[str, StaticFile] = field(repr=False)
    """By path."""


@cache
def look_of(brand: Brand) -> Look:
    sheet = stylesheet(brand.accent).encode()
    sheet_url = f"/static/pairgrant.{digest_of(sheet)}.css"
    files = {sheet_url: StaticFile(sheet, _CSS)}
    logo = brand.logo
    if logo is None:
        return Look(brand, sheet_url, assets.ICON_URL, Markup(assets.LOGO), files)  # noqa: S704 - a file of ours
    logo_url = f"/static/logo.{digest_of(logo.content)}.{logo.suffix}"
    files[logo_url] = StaticFile(logo.content, logo.media_type)
    size = {"width": round(_LOGO_HEIGHT * logo.ratio), "height": _LOGO_HEIGHT, "url": logo_url}
    image = Markup('<img src="{url}" alt="" width="{width}" height="{height}">').format(**size)
    return Look(brand, sheet_url, logo_url, image, files)
