"""The list of connected devices: its pages, its search, and that each person sees only their own."""

from collections.abc import Callable
from typing import Any

import pytest

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.limits.network import unknown_address
from pairgrant_server.authorization_server.model.device_kind import DeviceKind
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.places.places import Place, Places
from tests.pages.account.devices_of_alice import add_devices, connect, the_device
from tests.pages.site_under_test import Browser, SiteUnderTest


class KnownPlaces:
    """Every address with an even last number is in Milan."""

    def place(self, address: str) -> Place | None:
        number = address.rpartition(".")[2]
        return Place("Milan", "Italy", "Telecom") if number.isdecimal() and int(number) % 2 == 0 else None

    def is_hosting(self, address: str) -> bool:
        return False


async def test_page_without_devices_says_so(alices: Browser) -> None:
    assert "No device is connected." in (await alices.open("/devices")).text


async def test_device_is_shown_with_kind_names_address_and_dates(
    site: SiteUnderTest, alices: Browser
) -> None:
    await connect(
        site,
        alices,
        device_name="Reception screen",
        address="198.51.100.20",
        device_capabilities="fresh_scan",
    )
    site.clock.now += 3 * 86_400
    alice = await site.browser()
    await alice.sign_in()
    text = (await alice.open("/devices")).text
    device = await the_device(site)
    for expected in (
        f'<h2><a href="/devices/{device.device_id}"><bdi>Lobby TV</bdi></a></h2>',
        "Screen or terminal",
        "calls itself “<bdi>Reception screen</bdi>”",
        '<time datetime="2026-09-21">21 September 2026</time>',
        "3 days ago <span>from 198.51.100.20",
        'aria-label="Remove “Reception screen”"',
    ):
        assert expected in text


async def test_address_behind_a_proxy_that_is_not_trusted_is_not_shown(
    site: SiteUnderTest, alices: Browser
) -> None:
    await connect(site, alices, address=unknown_address("10.0.0.1"))
    text = (await alices.open("/devices")).text
    assert "from an unknown network" in text
    assert "10.0.0.1" not in text


async def test_another_persons_device_is_neither_shown_nor_changed(
    site: SiteUnderTest, alices: Browser
) -> None:
    await connect(site, alices, device_name="Reception screen")
    await alices.open("/devices")
    alices_form = alices.forms()["/devices/remove"]
    bob = await site.browser()
    await bob.sign_in("bob")
    assert "Reception screen" not in (await bob.open("/devices")).text
    token = bob.forms()["/signout"]["csrf_token"]
    fields = {**alices_form, "csrf_token": token, "name": "Bob's", "was": ""}
    for path in ("/devices/remove", "/devices/revoke", "/devices/rename", "/devices/undo"):
        await bob.post(path, fields)
    own_page = await bob.open(f"/devices/{alices_form['device_id']}")
    assert own_page.url.path == "/devices"
    await bob.post("/devices/remove-all", {"csrf_token": token})
    device = await the_device(site)
    assert (device.given_name, device.remove_at, device.revoked_at) == (None, None, None)


async def test_devices_pages_ask_to_sign_in(browser: Browser) -> None:
    for path in ("/devices", "/devices/remove-all", f"/devices/{'0' * 32}"):
        page = await browser.open(path)
        assert (page.url.path, page.url.query) == ("/signin", b"next=/devices")
    token = browser.forms()["/signin"]["csrf_token"]
    for path in ("remove", "remove-all", "revoke", "undo", "rename"):
        response = await browser.post(f"/devices/{path}", {"csrf_token": token, "device_id": "0" * 32})
        assert response.headers["location"] == "/signin?next=/devices"


async def test_hostile_device_name_is_escaped_in_the_list(site: SiteUnderTest, alices: Browser) -> None:
    await connect(site, alices, device_name="<script>alert(1)</script>")
    text = (await alices.open("/devices")).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


class TestPages:
    """Five hundred devices: "Screen 001" was seen last, "Screen 500" is the newest."""

    @pytest.fixture
    def places(self) -> Places:
        return KnownPlaces()

    @pytest.fixture
    async def listed(self, site: SiteUnderTest, alices: Browser) -> Browser:
        await site.backend.store.add_client(
            Client("cli", "Ärzte CLI", frozenset({GrantType.DEVICE_CODE}), ("openid",), site.clock())
        )
        await add_devices(
            site,
            500,
            lambda number: {
                "client_id": "cli" if number % 2 else "lobby-tv",
                "kind": DeviceKind.COMPUTER if number % 5 == 0 else DeviceKind.SCREEN,
                "address": f"192.0.{number // 200}.{number % 200}",
            },
        )
        return alices

    async def names(self, browser: Browser, path: str) -> list[str]:
        text = (await browser.open(path)).text
        return [part.partition("<")[0] for part in text.split("calls itself “<bdi>")[1:]]

    async def test_page_has_25_devices_and_leads_to_the_next(self, listed: Browser) -> None:
        assert await self.names(listed, "/devices") == [f"Screen {number:03}" for number in range(1, 26)]
        assert "Devices 1 to 25 of 500" in listed.page.text
        assert 'rel="prev"' not in listed.page.text
        assert await self.names(listed, "/devices?page=2") == [
            f"Screen {number:03}" for number in range(26, 51)
        ]
        assert '<a class="button" rel="prev" href="/devices">' in listed.page.text
        assert '<a class="button" rel="next" href="/devices?page=3">' in listed.page.text
        assert len(await self.names(listed, "/devices?page=20")) == 25
        assert 'rel="next"' not in listed.page.text

    @pytest.mark.parametrize("query", ["page=21", "page=9999999999", "page=0", "page=-1", "page=x", "sort=x"])
    async def test_unusable_query_shows_the_first_page(self, listed: Browser, query: str) -> None:
        assert (await self.names(listed, f"/devices?{query}"))[0] == "Screen 001"

    async def test_page_of_500_devices_is_lighter_than_60_kilobytes(self, listed: Browser) -> None:
        assert len((await listed.open("/devices")).content) < 60_000

    async def test_list_is_sorted(self, listed: Browser) -> None:
        assert (await self.names(listed, "/devices?sort=since"))[0] == "Screen 500"
        assert (await self.names(listed, "/devices?sort=name"))[:2] == ["Screen 001", "Screen 002"]
        assert '<option value="name" selected>' in listed.page.text

    async def test_list_is_grouped_under_headings(self, listed: Browser) -> None:
        await listed.open("/devices?group=client&page=10")
        assert '<h2 class="group">Lobby TV</h2>' in listed.page.text
        assert "<h3><a" in listed.page.text
        await listed.open("/devices?group=kind&q=screen+01")
        for heading in ("Screen or terminal", "Computer"):
            assert f'<h2 class="group">{heading}</h2>' in listed.page.text

    @pytest.mark.parametrize(
        ("words", "found"),
        [("screen+049", 1), ("%C3%84RZTE", 250), ("milan", 250), ("192.0.1.7", 11), ("no+such", 0)],
    )
    async def test_names_applications_and_places_are_searched(
        self, listed: Browser, words: str, found: int
    ) -> None:
        names = await self.names(listed, f"/devices?q={words}")
        assert len(names) == min(found, 25)
        expected = {0: "No device was found for", 1: "1 device"}.get(found, f"of {found}")
        assert found == 11 or expected in listed.page.text

    async def test_search_travels_through_the_pages_and_the_forms(self, listed: Browser) -> None:
        await listed.open("/devices?q=milan&sort=name&group=kind&page=2")
        assert 'href="/devices?q=milan&amp;sort=name&amp;group=kind&amp;page=3"' in listed.page.text
        assert 'name="q" type="search" value="milan"' in listed.page.text
        response = await listed.submit("/devices/remove")
        path, _, fragment = response.headers["location"].partition("#")
        assert path == "/devices?q=milan&sort=name&group=kind&page=2"
        assert fragment.startswith("device-")

    async def test_list_of_a_form_never_leads_away(self, listed: Browser) -> None:
        await listed.open("/devices")
        for hostile in ("//evil.example", "https://evil.example/?q=", "\r\nx", "page=2&next=//evil.example"):
            response = await listed.submit("/devices/remove", list=hostile)
            assert response.headers["location"].startswith(("/devices#", "/devices?"))
            assert "evil" not in response.headers["location"]

    async def test_live_update_reads_devices_once_and_clients_from_memory(
        self, site: SiteUnderTest, listed: Browser, count_reads: Callable[[], int]
    ) -> None:
        live = site.live_page(await listed.open("/devices"))
        before = count_reads()
        await live.tick()
        assert count_reads() - before == 1

    @pytest.fixture
    def count_reads(self, site: SiteUnderTest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
        database = site.backend.store.client.__self__._database  # type: ignore[attr-defined]
        reads: list[str] = []
        read = type(database).read

        def counted(self: Any, text: str, *values: Any) -> Any:
            if "connected_devices" in text or "FROM clients" in text:
                reads.append(text)
            return read(self, text, *values)

        monkeypatch.setattr(type(database), "read", counted)
        return lambda: len(reads)


class TestLivePart:
    async def test_a_device_appears_when_it_connects_and_goes_when_it_is_removed(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        live = site.live_page(await alices.open("/devices"))
        await connect(site, alices, device_name="Reception screen")
        await live.tick()
        assert "<bdi>Reception screen</bdi>" in live.html
        await alices.open("/devices")
        await alices.submit("/devices/remove")
        await live.tick()
        assert "Removing “<bdi>Reception screen</bdi>” in" in live.html
        site.clock.now += 10
        await live.tick()
        assert "No device is connected." in live.html

    async def test_new_device_is_announced_on_every_page_for_two_minutes(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await add_devices(site, 30, lambda _: {"created_at": site.clock() - 86_400})
        first, second = [
            site.live_page(await alices.open(path)) for path in ("/devices", "/devices?sort=name&page=2")
        ]
        await connect(site, alices, device_name="Kitchen")
        device, *_ = await site.backend.parts.devices.of_user(await alice_id(site))
        for live in (first, second):
            await live.tick()
            link = f'<a href="/devices/{device.device_id}">“<bdi>Kitchen</bdi>”</a>'
            assert f'<p class="notice">A device was connected just now: {link}</p>' in live.html
        site.clock.now += 121
        await first.tick()
        assert "connected just now" not in first.html

    async def test_forms_of_the_live_part_have_the_csrf_token(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        live = site.live_page(await alices.open("/devices"))
        await connect(site, alices)
        await live.tick()
        await alices.open("/devices")
        token = alices.forms()["/devices/remove"]["csrf_token"]
        assert f'name="csrf_token" value="{token}"' in live.html

    async def test_live_part_sends_nothing_while_nothing_changes(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        """A list that is replaced takes the keyboard's focus along."""
        await connect(site, alices)
        site.clock.now += 200
        live = site.live_page(await alices.open("/devices"))
        live.client.outbox.updates.clear()
        site.clock.now += 30
        await live.tick()
        assert not live.client.outbox.updates

    async def test_live_list_ends_with_the_session(self, site: SiteUnderTest, alices: Browser) -> None:
        await connect(site, alices, device_name="Reception screen")
        live = site.live_page(await alices.open("/devices"))
        await alices.submit("/signout")
        await live.tick()
        assert "You have been signed out." in live.html
        assert "Reception screen" not in live.html
        assert live.has_stopped


async def alice_id(site: SiteUnderTest) -> str:
    return (await site.user("alice")).user_id
