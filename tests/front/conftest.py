"""The whole server behind one ASGI app, and browsers to visit it."""

from tests.pages.site_under_test import (
    alices,
    app_options,
    backend,
    browser,
    clock,
    pauses,
    places,
    public_url,
    site,
)

__all__ = ["alices", "app_options", "backend", "browser", "clock", "pauses", "places", "public_url", "site"]
