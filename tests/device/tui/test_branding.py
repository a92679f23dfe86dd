"""The brand, the accent and the logo on the screens."""

import pytest
from textual.color import Color

from pairgrant.logo import Logo, Picture
from pairgrant.tui.theme import THEMES, accent_in
from pairgrant.tui.widgets.logo_picture import LogoPicture
from tests.device.tui.app_under_test import ESCAPED, HOSTILE, SIZES, Open, code_on

TEXT = Logo(lines=(" /\\_/\\ ", "( o.o )", " > ^ < "))
RED = (255, 0, 0, 255)
PICTURE = Logo(pictures=tuple(Picture(((RED,) * side,) * side) for side in (16, 8)))


@pytest.mark.parametrize("size", SIZES)
async def test_brand_is_on_every_screen_with_a_top_line(opened: Open, size: tuple[int, int]) -> None:
    async with opened(size=size, options={"brand": "Hotel"}) as seen:
        assert ("Hotel" in seen.text) is seen.app.screen.query_one("TopLine").display
        await seen.press("enter")
        assert code_on(seen.text)
        assert "Pairgrant" not in seen.text


async def test_long_brand_ends_with_an_ellipsis_and_leaves_the_name_of_the_device(opened: Open) -> None:
    async with opened(size=(40, 12), options={"brand": "B" * 40}) as seen:
        line = seen.text.splitlines()[0]
        assert "BBB…" in line
        assert line.rstrip().endswith("Lobby TV")


async def test_hostile_brand_is_escaped(opened: Open) -> None:
    async with opened(size=(200, 60), options={"brand": HOSTILE}) as seen:
        assert ESCAPED[:30] in seen.text


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_accent_is_the_colour_of_the_code(at_code: Open, theme: str) -> None:
    async with at_code(options={"accent": "#dc143c", "theme": theme}) as seen:
        drawn = seen.app.screen.query_one("UserCode").styles.color.rgb
        wanted = Color.parse(accent_in(THEMES[theme], "#dc143c")).rgb
        assert all(abs(one - other) <= 1 for one, other in zip(drawn, wanted, strict=True))


@pytest.mark.parametrize("logo", [TEXT, PICTURE], ids=["text", "picture"])
@pytest.mark.parametrize("size", SIZES)
async def test_logo_takes_no_room_from_the_invitation(
    opened: Open, size: tuple[int, int], logo: Logo
) -> None:
    async with opened(size=size) as seen:
        words = [line.strip() for line in seen.text.splitlines() if line.strip()]
    async with opened(size=size, options={"logo": logo}) as seen:
        assert [line.strip() for line in seen.text.splitlines() if line.strip() in words] == words
        shown = seen.app.screen.query_one(LogoPicture)
        assert shown.display or size[1] <= 24
        assert seen.app.screen.region.contains_region(shown.region)


async def test_text_of_a_logo_is_drawn_as_it_is(opened: Open) -> None:
    async with opened(size=(120, 40), options={"logo": TEXT}) as seen:
        rows = [line.strip() for line in seen.text.splitlines()]
        assert all(line.strip() in rows for line in TEXT.lines)


async def test_console_shows_no_picture(opened: Open) -> None:
    async with opened(size=(120, 40), options={"logo": PICTURE, "theme": "console"}) as seen:
        assert not seen.app.screen.query_one(LogoPicture).display


async def test_pixels_are_drawn_in_their_colours(opened: Open) -> None:
    async with opened(size=(120, 40), options={"logo": PICTURE}) as seen:
        picture = seen.app.screen.query_one(LogoPicture)
        (first, *_) = picture.render_line(0)
        assert first.text == "▀"
        assert first.style is not None
        assert first.style.color is not None
        assert first.style.color.triplet == (255, 0, 0)
