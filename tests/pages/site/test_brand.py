"""The operator's brand on the pages: name, logo, accent and links, also on pages without a session."""

import re
from pathlib import Path

import pytest

from tests.pages.site_under_test import Browser

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 32"><rect width="9" height="9"/></svg>'

PAGES = ["/", "/device", "/signin", "/devices", "/nowhere"]
"""Signed in, signed out, live and refused."""


@pytest.fixture(autouse=True)
def _brand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text(LOGO)
    monkeypatch.setenv("PAIRGRANT_SITE_NAME", "Tea & <Party>")
    monkeypatch.setenv("PAIRGRANT_SITE_LOGO", str(logo))
    monkeypatch.setenv("PAIRGRANT_SITE_ACCENT", "#7a1fa2")
    monkeypatch.setenv("PAIRGRANT_SITE_SUPPORT_URL", "mailto:help@wonderland.example")
    monkeypatch.setenv("PAIRGRANT_SITE_IMPRINT_URL", "https://wonderland.example/?a=1&b=2")


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_has_the_name_the_logo_and_the_links(alices: Browser, path: str) -> None:
    page = (await alices.open(path)).text
    assert re.search(r"<title>[^<]+ · Tea &amp; &lt;Party&gt;</title>", page)
    assert "Pairgrant" not in page
    image = re.search(r'<img src="(/static/logo\.\w+\.svg)" alt="" width="64" height="32">', page)
    assert image is not None
    assert f'<link rel="icon" href="{image[1]}">' in page
    assert 'href="mailto:help@wonderland.example"' in page
    assert 'href="https://wonderland.example/?a=1&amp;b=2"' in page
    assert ">Privacy<" not in page


async def test_logo_is_served_so_that_it_can_run_nothing(browser: Browser) -> None:
    page = (await browser.open("/device")).text
    response = await browser.http.get(re.findall(r'<img src="([^"]+)"', page)[0])
    assert response.text == LOGO
    assert response.headers["content-type"] == "image/svg+xml"
    assert (
        response.headers["content-security-policy"]
        == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    )


async def test_accent_is_in_the_stylesheet_for_each_theme(browser: Browser) -> None:
    page = (await browser.open("/device")).text
    sheet = (await browser.http.get(re.findall(r'href="(/static/[^"]+\.css)"', page)[0])).text
    assert ":root{--accent:#7a1fa2;" in sheet
    assert re.search(r"@media \(prefers-color-scheme: dark\)\{:root\{--accent:#(?!7a1fa2)", sheet)
    assert "style=" not in page


class TestOwnTexts:
    @pytest.fixture(autouse=True)
    def _texts(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        texts = tmp_path / "texts.toml"
        texts.write_text(
            '[en]\n"Sign in" = "Come in"\n'
            '"Wrong username or password. Check both, and try again." = "No such guest. Try again."\n'
            '[de]\n"Sign in" = "Herein"\n',
            "utf-8",
        )
        monkeypatch.setenv("PAIRGRANT_SITE_TEXTS", str(texts))

    @pytest.mark.parametrize(
        ("language", "button"), [("en", "Come in"), ("de", "Herein"), ("fr", "Se connecter")]
    )
    async def test_operators_words_are_shown_in_their_language(
        self, browser: Browser, language: str, button: str
    ) -> None:
        page = (await browser.open("/signin", **{"accept-language": language})).text
        assert f'<button class="primary">{button}</button>' in page

    async def test_text_that_python_makes_is_replaced_too(self, browser: Browser) -> None:
        page = await browser.sign_in(password="wrong")
        assert "No such guest. Try again." in page.text
        assert "Wrong username" not in page.text
