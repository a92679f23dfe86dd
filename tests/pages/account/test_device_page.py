"""The page of one connected device: all facts, the person's own name for it, and its history."""

import pytest

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.risk_records import DeviceKey
from pairgrant_server.authorization_server.tokens.device_history import LONGEST_NAME
from tests.pages.account.devices_of_alice import add_devices, connect, landed, the_device
from tests.pages.account.test_device_removal import refresh
from tests.pages.site_under_test import Browser, SiteUnderTest


@pytest.fixture
async def path(site: SiteUnderTest, alices: Browser) -> str:
    """The page of Alice's device, which is open."""
    await connect(site, alices, device_name="Reception screen", address="198.51.100.20")
    path = f"/devices/{(await the_device(site)).device_id}"
    await alices.open(path)
    return path


async def rename(browser: Browser, name: str, **fields: str) -> str:
    """The page after it."""
    return (await landed(browser, await browser.submit("/devices/rename", name=name, **fields))).text


async def test_page_has_all_facts_and_no_script(site: SiteUnderTest, alices: Browser, path: str) -> None:
    text = alices.page.text
    for expected in (
        "<h1><bdi>Lobby TV</bdi></h1>",
        "“<bdi>Reception screen</bdi>”",
        "21 September 2026",
        "from 198.51.100.20",
        "<li>See your name</li>",
        "Connected from 198.51.100.20",
    ):
        assert expected in text
    assert "<script" not in text
    assert {"/devices/rename", "/devices/remove", "/report"} <= alices.forms().keys()


async def test_key_is_shown_by_its_beginning_with_its_enrolled_name(
    site: SiteUnderTest, alices: Browser
) -> None:
    await add_devices(site, 1, lambda _: {"dpop_jkt": "4fa2" + "j" * 39})
    await site.backend.store.put_device_key(
        DeviceKey("lobby-tv", "4fa2" + "j" * 39, "Foyer", site.clock(), "", "", "")
    )
    text = (await alices.open(f"/devices/{1:032x}")).text
    assert "<code>4fa2jjjj…</code>" in text
    assert "“<bdi>Foyer</bdi>”" in text
    assert "enrolled as “<bdi>Foyer</bdi>”" in (await alices.open("/devices")).text


class TestName:
    async def test_own_name_comes_first_everywhere_and_the_devices_own_stays(
        self, alices: Browser, path: str
    ) -> None:
        text = await rename(alices, "  Kitchen   tablet ")
        assert "The name was saved." in text
        assert "<h1>“<bdi>Kitchen tablet</bdi>”</h1>" in text
        assert "“<bdi>Reception screen</bdi>”" in text
        assert "Named “<bdi>Kitchen tablet</bdi>”" in text
        text = (await alices.open("/devices")).text
        assert f'<h2><a href="{path}">“<bdi>Kitchen tablet</bdi>”</a></h2>' in text
        assert "calls itself “<bdi>Reception screen</bdi>”" in text
        assert "“<bdi>Kitchen tablet</bdi>”" in (await alices.open("/board")).text

    async def test_notice_is_said_once(self, alices: Browser, path: str) -> None:
        await rename(alices, "Kitchen")
        assert "The name was saved." not in (await alices.open(path)).text

    async def test_empty_name_is_taken_away(self, alices: Browser, path: str) -> None:
        await rename(alices, "Kitchen")
        text = await rename(alices, " ")
        assert "<h1><bdi>Lobby TV</bdi></h1>" in text
        assert "The name “<bdi>Kitchen</bdi>” was removed" in text

    async def test_long_name_comes_again_with_the_reason(self, alices: Browser, path: str) -> None:
        text = await rename(alices, "K" * (LONGEST_NAME + 1))
        assert f"A name has at most {LONGEST_NAME} characters." in text
        assert f'value="{"K" * (LONGEST_NAME + 1)}"' in text
        assert "<title>Check the name" in text

    async def test_invisible_characters_are_left_out(self, alices: Browser, path: str) -> None:
        assert "<h1>“<bdi>Kitchen</bdi>”</h1>" in await rename(alices, "Kit\u202echen\u200b")
        assert "at least one letter or sign" in await rename(alices, "\u200b")

    async def test_hostile_name_is_escaped(self, alices: Browser, path: str) -> None:
        text = await rename(alices, '"><script>x')
        assert "<script>" not in text
        assert "&lt;script&gt;x" in text

    async def test_stale_form_keeps_the_other_name_and_what_was_typed(
        self, alices: Browser, path: str
    ) -> None:
        stale = alices.forms()["/devices/rename"]
        await rename(alices, "Kitchen")
        response = await alices.post("/devices/rename", {**stale, "name": "Hall"})
        text = (await landed(alices, response)).text
        assert "The name was changed in the meantime." in text
        assert "<h1>“<bdi>Kitchen</bdi>”</h1>" in text
        assert 'value="Hall"' in text

    async def test_form_that_changes_nothing_does_not_say_that_a_newer_name_was_saved(
        self, alices: Browser, path: str
    ) -> None:
        await rename(alices, "Kitchen")
        stale = alices.forms()["/devices/rename"]
        await rename(alices, "Hall")
        text = (await landed(alices, await alices.post("/devices/rename", stale))).text
        assert "The name was changed in the meantime." in text
        assert "<h1>“<bdi>Hall</bdi>”</h1>" in text
        assert "The name was saved." in await rename(alices, "Hall")

    @pytest.mark.parametrize(
        ("typed", "said"),
        [("", "Your name for the device was removed."), ("A  B\u200b", "The name was saved.")],
    )
    async def test_second_tap_with_a_name_that_is_tidied_says_the_same(
        self, alices: Browser, path: str, typed: str, said: str
    ) -> None:
        await rename(alices, "Kitchen")
        form = {**alices.forms()["/devices/rename"], "name": typed}
        for _ in range(2):
            assert said in (await landed(alices, await alices.post("/devices/rename", form))).text

    async def test_name_from_before_a_sign_in_elsewhere_comes_again(self, alices: Browser, path: str) -> None:
        form = alices.forms()["/devices/rename"]
        response = await alices.post("/devices/rename", {**form, "csrf_token": "x" * 43, "name": "Hall"})
        text = (await landed(alices, response)).text
        assert "Please send this again." in text
        assert 'value="Hall"' in text


class TestHistory:
    async def test_refresh_in_another_network_is_noted_once(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        tokens = await connect(site, alices, address="198.51.100.20")
        path = f"/devices/{(await the_device(site)).device_id}"
        moved = await site.browser("203.0.113.77")
        for _ in range(2):
            tokens = await refresh(moved, tokens)
        text = (await alices.open(path)).text
        assert text.count("Seen in another network: 203.0.113.77") == 1
        assert "Connected from 198.51.100.20" in text

    async def test_removal_undo_and_end_are_noted(
        self, site: SiteUnderTest, alices: Browser, path: str
    ) -> None:
        await alices.submit("/devices/remove")
        text = (await alices.open(path)).text
        assert "Removing “" in text
        site.clock.now += 1
        await alices.submit("/devices/undo")
        site.clock.now += 1
        await site.backend.parts.devices.revoke(path[-32:], EndedBy.OPERATOR)
        text = (await alices.open(path)).text
        steps = [
            "Disconnected by the operator",
            "You undid the removal",
            "You asked to remove it",
            "Connected",
        ]
        assert sorted(steps, key=text.rindex) == steps
        assert "not connected any more" in text
        assert not {"/devices/rename", "/devices/remove", "/report"} & alices.forms().keys()

    async def test_unknown_device_leads_to_the_list_with_a_sentence(self, alices: Browser) -> None:
        page = await alices.open(f"/devices/{'f' * 32}")
        assert page.url.path == "/devices"
        assert "There is no such device" in page.text

    async def test_other_paths_below_the_list_do_not_exist(self, alices: Browser) -> None:
        for name in ("x", "F" * 32, "0" * 31, "0" * 33, "0" * 32 + "%0A"):
            assert (await alices.http.get(f"/devices/{name}")).status_code == 404
