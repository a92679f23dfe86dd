"""The QR code: the smallest symbol, drawn so that a camera finds it."""

import pytest
import zxingcpp
from PIL import Image, ImageOps

from pairgrant.qr_symbol import QrSymbol, qr_symbol, scannable_text, text_symbol

COMPLETE = "https://pair.example/D/WDJBMJHT"


def symbol_of(uri: str) -> QrSymbol:
    symbol = qr_symbol(uri)
    assert symbol is not None
    return symbol


def decoded(rows: list[str]) -> str:
    """The text that a camera reads from rows of characters: cells of 8 by 16 points on a grey background."""
    halves = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}
    picture = Image.new("L", (len(rows[0]), 2 * len(rows)))
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            for half in (0, 1):
                picture.putpixel((x, 2 * y + half), halves[cell][half])
    large = picture.resize((picture.width * 8, picture.height * 8), Image.Resampling.NEAREST)
    found = zxingcpp.read_barcodes(ImageOps.expand(large, 40, fill=90))
    return found[0].text if found else ""


@pytest.mark.parametrize("quiet", [1, 2, 4])
def test_drawing_of_every_scale_is_readable_on_a_dark_background(quiet: int) -> None:
    symbol = symbol_of(COMPLETE)
    expected = "HTTPS://PAIR.EXAMPLE/D/WDJBMJHT"
    assert [decoded(symbol.half_block_rows(quiet, columns)) for columns in (1, 2, 4)] == [expected] * 3


def test_text_that_is_no_address_is_readable_unchanged() -> None:
    """A thumbprint of a key (RFC 7638) may also begin like an address without a scheme."""
    for text in ("QvJoiP7K5P7RnJWfiMh-nf_4HUDFvfB32ngq9DEKpME", "A" * 43, "-_-0"):
        symbol = text_symbol(text)
        assert symbol is not None
        assert decoded(symbol.half_block_rows(2)) == text


def test_uri_of_pairgrants_server_takes_29_by_15_cells() -> None:
    rows = symbol_of(COMPLETE).half_block_rows(2)
    assert (len(rows[0]), len(rows)) == (29, 15)
    assert {len(row) for row in rows} == {29}


def test_two_columns_per_module_take_58_by_29_cells() -> None:
    rows = symbol_of(COMPLETE).half_block_rows(2, 2)
    assert (len(rows[0]), len(rows)) == (58, 29)


def test_quiet_zone_is_light_on_all_sides() -> None:
    rows = symbol_of(COMPLETE).half_block_rows(2)
    assert rows[0] == rows[-1] == "█" * 29
    assert {row[:2] + row[-2:] for row in rows} == {"████"}


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (COMPLETE, "HTTPS://PAIR.EXAMPLE/D/WDJBMJHT"),
        ("http://192.168.1.20:8628/D/WDJBMJHT", "HTTP://192.168.1.20:8628/D/WDJBMJHT"),
        (
            "https://pair.example/device?user_code=WDJB-MJHT",
            "https://pair.example/device?user_code=WDJB-MJHT",
        ),
        ("https://pair.example/d/WDJBMJHT", "https://pair.example/d/WDJBMJHT"),
    ],
)
def test_only_scheme_and_host_are_changed(uri: str, expected: str) -> None:
    """RFC 3986 §6.2.2.1: they are the parts whose case means nothing."""
    assert scannable_text(uri) == expected


def test_alphanumeric_mode_gives_a_smaller_symbol() -> None:
    sides = symbol_of(COMPLETE).side, symbol_of("https://pair.example/d/WDJBMJHT?x=12").side
    assert sides == (25, 29)


def test_endless_uri_has_no_symbol() -> None:
    assert qr_symbol("https://pair.example/" + "x" * 2000) is None
    assert qr_symbol("https://pair.example/" + "x" * 400) is None
