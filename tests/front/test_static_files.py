"""Static files: small on the wire, kept by the browser for good, and nothing but what the pages load."""

import gzip
import re
from typing import Any

import pytest

from pairgrant_server.front.static_files import ONE_DAY, StaticFile, StaticFiles, available_encoders
from pairgrant_server.pages.site.assets import NICEGUI_SCRIPTS, static_files
from tests.pages.site_under_test import Browser, SiteUnderTest

TEXT = StaticFile(b"body { color: green } " * 50, "text/css", ONE_DAY)
TINY = StaticFile(b"x", "text/plain")


async def get(
    files: StaticFiles, path: str, accept: str = "", method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    messages: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        messages.append(message)

    headers = [(b"accept-encoding", accept.encode())] if accept else []
    await files({"type": "http", "method": method, "path": path, "headers": headers}, receive, send)
    start, body = messages
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


async def test_image_that_is_opened_by_itself_runs_nothing_and_keeps_its_own_styles() -> None:
    """Firefox holds it to that policy also in ``<img>``, where it would be black without them."""
    files = StaticFiles({"/a.svg": StaticFile(b"<svg/>", "image/svg+xml")})
    _, headers, _ = await get(files, "/a.svg")
    assert headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@pytest.fixture
def files() -> StaticFiles:
    encoders = {"br": lambda content: b"br" + content[:10], "gzip": available_encoders()["gzip"]}
    return StaticFiles({"/a.css": TEXT, "/x": TINY}, encoders)


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("GZIP", "gzip"),
        ("gzip; q=0", None),
        ("identity", None),
        ("", None),
        ("xgzip", None),
    ],
)
async def test_best_coding_that_the_browser_accepts_is_sent(
    files: StaticFiles, accept: str, coding: str | None
) -> None:
    status, headers, body = await get(files, "/a.css", accept)
    assert status == 200
    assert headers.get("content-encoding") == coding
    assert headers["vary"] == "accept-encoding"
    assert headers["content-length"] == str(len(body))
    expected = {"br": b"br" + TEXT.content[:10], None: TEXT.content}
    assert body == expected.get(coding, body)
    assert coding != "gzip" or gzip.decompress(body) == TEXT.content


async def test_file_that_compression_would_enlarge_is_sent_uncompressed(files: StaticFiles) -> None:
    _, headers, body = await get(files, "/x", "gzip, br")
    assert "content-encoding" not in headers
    assert body == b"x"


async def test_head_has_no_body_and_other_methods_are_405(files: StaticFiles) -> None:
    status, headers, body = await get(files, "/a.css", method="HEAD")
    assert (status, body, headers["content-length"]) == (200, b"", str(len(TEXT.content)))
    assert (await get(files, "/a.css", method="POST"))[0] == 405


def test_gzip_is_always_available_and_has_no_timestamp() -> None:
    encode = available_encoders()["gzip"]
    assert gzip.decompress(encode(b"hello")) == b"hello"
    assert encode(b"hello") == encode(b"hello")


async def test_every_file_of_a_live_page_is_immutable_and_served_from_memory(
    site: SiteUnderTest, alices: Browser
) -> None:
    page = await alices.open("/devices")
    wanted = re.findall(r'(?:src|href)="(/(?:static|_nicegui)/[^"]+)"', page.text)
    wanted += re.findall(r'"vue": "([^"]+)"', page.text)
    wanted += re.findall(r'from "(/_nicegui/[^"]+)"', page.text)
    assert len(wanted) == 8
    for path in wanted:
        response = await alices.http.get(path, headers={"accept-encoding": "gzip"})
        assert response.status_code == 200, path
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable", path
        assert response.headers["x-content-type-options"] == "nosniff", path
        assert "set-cookie" not in response.headers


async def test_a_page_on_which_people_type_loads_a_stylesheet_and_an_icon(browser: Browser) -> None:
    page = await browser.open("/device")
    assert len(re.findall(r'(?:src|href)="(/(?:static|_nicegui)/[^"]+)"', page.text)) == 2
    assert len(page.content) < 4000


def test_live_page_loads_few_and_small_files() -> None:
    """No Quasar: that was two thirds of what a live page weighed."""
    weight = sum(len(gzip.compress(file.content)) for file in static_files().values())
    assert weight < 100_000
    assert not any("quasar" in name for name in NICEGUI_SCRIPTS)


async def test_robots_txt_disallows_everything(browser: Browser) -> None:
    assert (await browser.http.get("/robots.txt")).text == "User-agent: *\nDisallow: /\n"
