"""The board: notices written here, by their owner alone."""

from typing import Any

import pytest

from pairgrant_server.resource_server.notice_boards import MAX_CHARACTERS, MAX_NOTICES
from tests.pages.site_under_test import Browser, SiteUnderTest


async def add(browser: Browser, text: str) -> Any:
    await browser.open("/board")
    return await browser.submit("/board/add", text=text)


async def test_a_notice_is_added_and_removed(alices: Browser) -> None:
    response = await add(alices, "Please ring the bell & wait")
    assert (response.status_code, response.headers["location"]) == (303, "/board")
    assert "Please ring the bell &amp; wait" in (await alices.follow(response)).text
    page = await alices.follow(await alices.submit("/board/remove"))
    assert "The board is empty." in page.text


async def test_newest_notice_is_first(site: SiteUnderTest, alices: Browser) -> None:
    for text in ("older notice", "younger notice"):
        await add(alices, text)
        site.clock.now += 60
    text = (await alices.open("/board")).text
    assert text.index("younger notice") < text.index("older notice")


@pytest.mark.parametrize("text", ["", " ", "x" * (MAX_CHARACTERS + 1)])
async def test_invalid_notice_is_explained_and_kept_in_the_field(alices: Browser, text: str) -> None:
    response = await add(alices, text)
    assert response.status_code == 200
    assert 'role="alert"' in response.text
    assert f'value="{text}"' in response.text


async def test_a_full_board_says_so(site: SiteUnderTest, alices: Browser) -> None:
    alice = await site.user("alice")
    for number in range(MAX_NOTICES):
        await site.backend.board.post(alice.user_id, f"notice {number}")
    assert "The board is full" in (await add(alices, "one more")).text


async def test_hostile_notice_is_escaped(alices: Browser) -> None:
    page = await alices.follow(await add(alices, '"><script>alert(1)</script>'))
    assert "<script>alert" not in page.text


async def test_person_sees_only_own_notices(site: SiteUnderTest, alices: Browser) -> None:
    await add(alices, "for alice")
    await alices.open("/board")
    alices_form = alices.forms()["/board/remove"]
    bob = await site.browser()
    await bob.sign_in("bob")
    assert "for alice" not in (await bob.open("/board")).text
    await bob.post("/board/remove", {**alices_form, "csrf_token": bob.forms()["/board/add"]["csrf_token"]})
    assert "for alice" in (await alices.open("/board")).text


async def test_board_page_asks_to_sign_in(browser: Browser) -> None:
    assert (await browser.open("/board")).url.path == "/signin"
    token = browser.forms()["/signin"]["csrf_token"]
    for path in ("/board/add", "/board/remove"):
        response = await browser.post(path, {"csrf_token": token, "text": "hello", "notice_id": "1"})
        page = response if response.status_code == 200 else await browser.follow(response)
        assert (page.url.path, page.url.query) == ("/signin", b"next=/board")


async def test_board_page_names_the_devices_that_show_it(site: SiteUnderTest, alices: Browser) -> None:
    assert "No connected device shows your board yet." in (await alices.open("/board")).text
    for name, scope in (("Reception screen", "board:read"), ("Deaf box", "openid")):
        pairing = await site.start_pairing(device_name=name, scope=scope)
        await alices.follow(await alices.enter(pairing.user_code))
        await alices.submit("/consent", decision="approve")
        await pairing.poll()
    text = (await alices.open("/board")).text
    assert (
        "These notices are shown by <bdi>Lobby TV</bdi>, which calls itself “<bdi>Reception screen</bdi>”."
        in text
    )
    assert "Deaf box" not in text


async def test_device_reads_a_notice_written_on_the_page(site: SiteUnderTest, alices: Browser) -> None:
    """The page and the API of the resource server are two doors to one board, on one port."""
    await add(alices, "Please ring the bell")
    pairing = await site.start_pairing()
    await alices.follow(await alices.enter(pairing.user_code))
    await alices.submit("/consent", decision="approve")
    bearer = {"authorization": f"Bearer {(await pairing.poll())['access_token']}"}
    response = await alices.http.get("/board/notices", headers=bearer)
    assert [notice["text"] for notice in response.json()["notices"]] == ["Please ring the bell"]
    assert (await alices.http.get("/board/notices")).status_code == 401
