"""``PAIRGRANT_SITE_LOGO``: a PNG or SVG file that can't run or load anything."""

import struct
from pathlib import Path

import pytest

from pairgrant_server.brand.errors import BrandError
from pairgrant_server.brand.logo import MOST_BYTES, load_logo


def png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + header + bytes(4) + b"\x00\x00\x00\x00IEND\xaeB`\x82"


def svg(
    inside: str = '<rect width="8" height="8" fill="url(#g)"/>', attributes: str = 'viewBox="0 0 64 32"'
) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "logo"


@pytest.mark.parametrize(
    ("content", "media_type", "ratio"),
    [
        (png(300, 100), "image/png", 3),
        (svg().encode(), "image/svg+xml", 2),
        (svg(attributes='width="12px" height="24"').encode(), "image/svg+xml", 0.5),
        (f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- a comment -->{svg()}'.encode(), "image/svg+xml", 2),
        (svg("<style>.a { fill: url('#g') }</style>").encode(), "image/svg+xml", 2),
    ],
)
def test_png_or_plain_svg_is_taken(file: Path, content: bytes, media_type: str, ratio: float) -> None:
    file.write_bytes(content)
    logo = load_logo(file)
    assert (logo.media_type, logo.ratio, logo.content) == (media_type, ratio, content)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<foreignObject/>",
        '<image href="https://evil.example/x.png"/>',
        '<a href="https://evil.example"><rect/></a>',
        '<use href="https://evil.example/x.svg#a"/>',
        '<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="data:image/svg+xml,x"/>',
        '<rect onload="alert(1)"/>',
        '<rect ONCLICK="alert(1)"/>',
        '<rect fill="url(https://evil.example/x)"/>',
        "<rect style=\"fill: url( '//evil.example/x')\"/>",
        r'<rect style="fill: u\72l(//evil.example/x)"/>',
        "<style>@import 'https://evil.example/x.css';</style>",
        "<style>@font-face { src: url(https://evil.example/x) }</style>",
        "<style>.a { fill: red }<g/>@import 'https://evil.example/x.css';</style>",
        "<style>svg { background: image-set('https://evil.example/x.png' 1x) }</style>",
        '<object xmlns="http://www.w3.org/1999/xhtml" data="https://evil.example/x"/>',
    ],
)
def test_svg_that_runs_or_loads_something_is_refused(file: Path, inside: str) -> None:
    file.write_text(svg(inside))
    with pytest.raises(BrandError, match="SVG file"):
        load_logo(file)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"GIF89a", "neither"),
        (b"\xff\xd8\xff\xe0", "UTF-8"),
        (b"<html></html>", "outermost"),
        (f'<!DOCTYPE svg [<!ENTITY a "b">]>{svg()}'.encode(), "DOCTYPE"),
        (f'<?xml-stylesheet href="x.css"?>{svg()}'.encode(), "style sheet"),
        (svg(attributes="").encode(), "viewBox"),
        (svg(attributes='viewBox="0 0 700 100"').encode(), "crop"),
        (png(100, 100)[:40], "complete"),
        (png(4000, 4000), "pixels"),
        (png(10, 10) + bytes(MOST_BYTES), "64 kB"),
    ],
    ids=["gif", "jpeg", "html", "entity", "style-sheet", "no-size", "too-long", "cut", "huge", "large"],
)
def test_other_file_is_refused_with_the_reason(file: Path, content: bytes, reason: str) -> None:
    file.write_bytes(content)
    with pytest.raises(BrandError, match=reason):
        load_logo(file)


def test_file_that_can_not_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrandError, match="No such file"):
        load_logo(tmp_path / "none.png")
    with pytest.raises(BrandError, match="is no file"):
        load_logo(tmp_path)
