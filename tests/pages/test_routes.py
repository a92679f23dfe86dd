"""The table of the site's paths and the pages that are registered say the same."""

import pytest
from nicegui import Client

from pairgrant_server.pages import nicegui_site  # noqa: F401 - registers every page
from pairgrant_server.pages.routes import _PAGES, methods_of

CODE, PROOF, PROVIDER = "WDJBMJHT", "ABCDEFGH", "google"


def example(path: str) -> str:
    """A path that a person could open, for a registered one with parameters."""
    return (
        path.replace("{user_code}", CODE)
        .replace("{proof}", PROOF)
        .replace("{name}", PROVIDER)
        .replace("{device_id}", "0" * 32)
    )


def test_every_registered_page_is_a_path_of_the_site() -> None:
    closed = [path for path in Client.page_routes.values() if "GET" not in methods_of(example(path))]
    assert closed == [], "add the page to pages/routes.py"


@pytest.mark.parametrize("path", sorted(_PAGES))
def test_every_path_of_the_site_is_a_registered_page(path: str) -> None:
    assert path in Client.page_routes.values(), "import the page's module in pages/nicegui_site.py"
