"""A site of its own for one state, the people who use it, and the tab of Chromium that shows the state.

The way to a state is walked with ``Browser``, which takes milliseconds a page; Chromium takes over its
cookies and loads the last page. What a form shows in its response is sent from Chromium.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from playwright.async_api import Page

from pairgrant_protocol.user_code import normalize
from pairgrant_server.authorization_server.device_flow.grant_secrets import GrantSecrets
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.places.places import Place
from tests.fake_provider import FakeProvider
from tests.pages.site_under_test import Browser, Pairing, SiteUnderTest, is_signed_in

HERE = "203.0.113.5"
"""Where the person is, and their devices."""
FAR = "198.51.100.20"
IN_MILAN = "198.51.100.30"

LONG_NAME = "Reception and visitor information terminal, ground floor, near the west entrance"


class Places:
    """Only one address is known."""

    def place(self, address: str) -> Place | None:
        return Place("Milan", "Italy", "Example Telecom") if address == IN_MILAN else None

    def is_hosting(self, address: str) -> bool:
        return False


@dataclass
class World:
    site: SiteUnderTest
    tab: Page
    """The tab of Chromium."""
    provider: FakeProvider
    address: str = field(default=HERE)
    """From where Chromium's requests come."""

    async def stranger(self, address: str | None = None) -> Browser:
        """A person who is not signed in."""
        return await self.site.browser(address or self.address)

    async def signed_in(self, username: str = "alice") -> Browser:
        person = await self.stranger()
        assert is_signed_in(await person.sign_in(username))
        return person

    async def show(self, person: Browser | None = None, path: str | None = None) -> None:
        """Chromium takes over the session of ``person``, and opens ``path``, or else what they have open."""
        if person is not None:
            await self.take_over(person)
        if path is None:
            assert person is not None
            path = person.page.url.raw_path.decode()
        await self.tab.goto(path)

    async def take_over(self, person: Browser) -> None:
        """Chromium has the cookies of ``person`` from now on; the page that is open stays."""
        await self.tab.context.add_cookies(
            [
                {"name": cookie.name, "value": cookie.value or "", "url": self.site.public_url}
                for cookie in person.http.cookies.jar
            ]
        )

    async def send(self, action: str, choice: str | None = None, **fields: str) -> None:
        """In Chromium: fill in the form for ``action``, and click on the button with the value ``choice``."""
        form = self.tab.locator(f'form[action="{action}"], form[action^="{action}?"]').last
        for name, text in fields.items():
            await self.tab.locator(f'[name="{name}"]:visible').last.fill(
                text
            )  # some stand outside of their form
        button = form.locator(f'button[value="{choice}"]' if choice else "button:not([formaction])")
        await self.click(button.last)

    async def click(self, button: Any) -> None:
        """Click on what leads to another page, and wait for that."""
        async with self.tab.expect_navigation():
            await button.click()

    async def consent(self, person: Browser | None = None, **pairing: Any) -> tuple[Browser, Pairing]:
        """A person at the question about a new pairing."""
        started = await self.site.start_pairing(**{"address": HERE, **pairing})
        return await self.ask(started, person), started

    async def ask(self, pairing: Pairing, person: Browser | None = None) -> Browser:
        """The person (Alice) types the code of ``pairing``."""
        person = person or await self.signed_in()
        await person.follow(await person.enter(pairing.user_code))
        return person

    async def decided(
        self, decision: str = "approve", person: Browser | None = None, /, **pairing: Any
    ) -> tuple[Browser, Pairing]:
        """A person who has decided."""
        person, started = await self.consent(person, **pairing)
        await person.follow(await person.submit("/consent", decision=decision))
        return person, started

    async def connected(self, **pairing: Any) -> tuple[Browser, Pairing]:
        person, started = await self.decided("approve", **pairing)
        await self.redeem(started)
        return person, started

    async def redeem(self, pairing: Pairing, **more: str) -> None:
        polled = await pairing.poll(**more)
        assert "access_token" in polled, polled

    async def number(self, pairing: Pairing, username: str = "alice") -> str:
        """What the device shows for this account."""
        grant, user = await self.site.grant(pairing), await self.site.user(username)
        return GrantSecrets(self.site.backend.server_key).number(grant.grant_id, user.user_id)

    async def report_one(self, address: str = FAR) -> None:
        """Somebody reports a request from ``address``."""
        grant = await self.site.grant(await self.site.start_pairing(address=address))
        await self.site.backend.parts.reports.report_grant(
            grant, page="code", network="192.0.2.1", user_id=None
        )

    async def cancel(self, pairing: Pairing) -> None:
        """The device stops waiting."""
        form = {"client_id": "lobby-tv", "token": pairing.device_code}
        assert (await (await self.stranger()).http.post("/revoke", data=form)).status_code == 200

    async def with_code(self, user_code: str, **pairing: Any) -> Pairing:
        """A pairing whose code has the letters of ``user_code``."""
        started = await self.site.start_pairing(**{"address": HERE, **pairing})
        grant: DeviceGrant = await self.site.grant(started)
        digest = self.site.backend.server_key.mac("user_code", normalize(user_code))
        copy = replace(grant, grant_id=b"another grant id", user_code_digest=digest)
        assert await self.site.backend.store.insert_grant(
            replace(copy, device_code_digest=b"another device code")
        )
        return replace(started, user_code=user_code)
