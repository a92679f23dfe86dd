"""``pairgrant kiosk`` in a real terminal, Chromium as the phone: whole pairings, as a person sees them."""

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page, expect

from pairgrant.tui.letter_shapes import draw
from tests.journey.service import Service
from tests.journey.terminal import Terminal

Kiosk = Callable[..., Terminal]
PASSWORD = "correct horse battery"
PATIENCE = 120.0


async def gone(path: Path) -> None:
    """Wait until ``path`` is no more."""
    async with asyncio.timeout(PATIENCE):
        while path.exists():  # noqa: ASYNC110, ASYNC240 - another process makes it go; a look at /proc costs nothing
            await asyncio.sleep(0.05)


def scan(screen: str) -> str | None:
    """What a phone's camera reads from the terminal, if anything: glyphs are light, the rest is dark."""
    lines = screen.splitlines()
    picture = Image.new("L", (max(map(len, lines)), 2 * len(lines)))
    for row, line in enumerate(lines):
        for column, glyph in enumerate(line):
            picture.putpixel((column, 2 * row), 255 if glyph in "█▀" else 0)
            picture.putpixel((column, 2 * row + 1), 255 if glyph in "█▄" else 0)
    found = zxingcpp.read_barcodes(
        picture.resize((6 * picture.width, 6 * picture.height), Image.Resampling.NEAREST),
        formats=zxingcpp.BarcodeFormats(
            zxingcpp.BarcodeFormat.QRCode
        ),  # drawn letters may look like some other kind
    )
    return found[0].text if len(found) == 1 else None


async def scanned(terminal: Terminal) -> str:
    """The address in the QR code, once a camera reads it."""
    await terminal.shows("Scan with your phone")
    address: str = await terminal.gives(scan, "a QR code that can be read")
    return address


async def shows_code(terminal: Terminal) -> str:
    """Start a pairing; the address in the QR code."""
    await terminal.shows("Press Enter")
    terminal.press("Enter")
    address = await scanned(terminal)
    await terminal.shows("Waiting for you")
    return address


def number(screen: str) -> str | None:
    """The number that a terminal of 80 columns shows in big digits."""
    for digits in (f"{number:02}" for number in range(100)):
        if all(row.rstrip() in screen for row in draw(digits, 3)):
            return digits
    return None


def refreshes(screen: str) -> str | None:
    """How often the tokens were refreshed: the next refresh may come before the screen is looked at."""
    found = re.search(r"Refreshed (\d+ times?)", screen)
    return found and found[1]


def tokens_issued(service: Service) -> int:
    """How many refresh tokens the one device has had; the database knows it after the end, too."""
    with closing(sqlite3.connect(service.folder / "pairgrant.db")) as database:
        ((sequence,),) = database.execute("SELECT refresh_sequence FROM connected_devices").fetchall()
    return int(sequence)


async def look_up(phone: Page, address: str, *, signs_in: bool = True) -> None:
    await phone.goto(address)
    await phone.get_by_role("button", name="Continue").click()
    if signs_in:
        await phone.get_by_label("Username").fill("alice")
        await phone.get_by_label("Password").fill(PASSWORD)
        await phone.get_by_role("button", name="Sign in").click()


def printed(service: Service, token_file: Path, *words: str) -> list[str]:
    """The lines of ``pairgrant token``."""
    command = ["token", "--issuer", service.url, "--client-id", "lobby-tv", "--token-file", str(token_file)]
    done = subprocess.run(
        [sys.executable, "-m", "pairgrant", *command, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


async def approve(terminal: Terminal, phone: Page) -> None:
    """A whole pairing, up to the tap."""
    await look_up(phone, await shows_code(terminal))
    await phone.get_by_role("button", name="Approve").click()


class TestPairing:
    async def test_kiosk_is_paired_by_qr_code_and_shows_each_stage_and_the_board(
        self, service: Service, kiosk: Kiosk, phone: Page, tmp_path: Path
    ) -> None:
        terminal = kiosk()
        address = await shows_code(terminal)
        assert urlsplit(address).path.startswith("/D/")
        await phone.goto(address)
        await phone.get_by_role("button", name="Continue").click()
        await terminal.shows("Signing in")
        await phone.get_by_label("Username").fill("alice")
        await phone.get_by_label("Password").fill(PASSWORD)
        await phone.get_by_role("button", name="Sign in").click()
        await terminal.shows("Confirming")
        await phone.get_by_role("button", name="Approve").click()
        await terminal.shows("Hello, Alice Liddell", "Connected since")
        await expect(phone.get_by_role("heading", name="Your device is connected")).to_be_visible()

        await phone.goto(f"{service.url}/board")
        await phone.get_by_label("New notice").fill("Coffee at three")
        await phone.get_by_role("button", name="Add").click()
        await terminal.shows("Coffee at three")
        await phone.get_by_role("button", name="Remove").click()
        await terminal.shows("✓ Connected")
        assert (tmp_path / "token.json").stat().st_mode & 0o777 == 0o600

    async def test_kiosk_is_paired_by_typed_code(self, service: Service, kiosk: Kiosk, phone: Page) -> None:
        terminal = kiosk()
        code = urlsplit(await shows_code(terminal)).path.split("/")[2]
        await phone.goto(f"{service.url}/device")
        await phone.get_by_label("Code").fill(f" {code[:4].lower()} {code[4:].lower()}")
        await phone.get_by_role("button", name="Continue").click()
        await phone.get_by_label("Username").fill("alice")
        await phone.get_by_label("Password").fill(PASSWORD)
        await phone.get_by_role("button", name="Sign in").click()
        await terminal.shows("Type this number on your phone")
        shown = await terminal.gives(number, "a number")
        await phone.get_by_label("Type the number that your device shows").fill(shown)
        await phone.get_by_role("button", name="Approve").click()
        await terminal.shows("Hello, Alice Liddell")

    async def test_restarted_kiosk_is_still_connected(
        self, service: Service, kiosk: Kiosk, phone: Page
    ) -> None:
        terminal = kiosk()
        await look_up(phone, await shows_code(terminal))
        await phone.get_by_role("button", name="Approve").click()
        await terminal.shows("Hello, Alice Liddell")
        terminal.press("q")
        await terminal.ends()
        again = kiosk()
        await again.shows("Hello, Alice Liddell")

    async def test_denial_is_shown_with_the_next_step(self, kiosk: Kiosk, phone: Page) -> None:
        terminal = kiosk()
        await look_up(phone, await shows_code(terminal))
        await phone.get_by_role("button", name="Deny").click()
        await terminal.shows("Nothing was connected", "Press Enter")
        await expect(phone.get_by_role("heading", name="Denied")).to_be_visible()
        terminal.press("Enter")
        await terminal.shows("Scan with your phone")


class TestConnected:
    @pytest.fixture
    async def connected(self, kiosk: Kiosk, phone: Page) -> Terminal:
        terminal = kiosk()
        await look_up(phone, await shows_code(terminal))
        await phone.get_by_role("button", name="Approve").click()
        await terminal.shows("Hello, Alice Liddell")
        return terminal

    async def test_kiosk_removed_on_the_phone_returns_to_pairing(
        self, service: Service, connected: Terminal, phone: Page
    ) -> None:
        await phone.goto(f"{service.url}/devices")
        await phone.get_by_role("button", name="Remove").click()
        await phone.get_by_role("button", name="Remove now").click()
        await expect(phone.get_by_role("button", name="Remove")).to_have_count(0)
        connected.press("r")
        await connected.shows("No longer connected", "Press Enter")
        connected.press("Enter")
        await look_up(phone, await scanned(connected), signs_in=False)
        await phone.get_by_role("button", name="Approve").click()
        await connected.shows("Hello, Alice Liddell")

    async def test_kiosk_removed_on_the_phone_says_by_whom_without_a_key(
        self, service: Service, connected: Terminal, phone: Page
    ) -> None:
        await phone.goto(f"{service.url}/devices")
        await phone.get_by_role("button", name="Remove").click()
        await phone.get_by_role("button", name="Remove now").click()
        screen = await connected.shows("No longer connected", "Signed out by Alice Liddell on their phone,")
        assert re.search(r"on their phone, \d\d:\d\d\.", screen)

    async def test_kiosk_removed_while_it_was_off_says_by_whom_at_its_next_start(
        self, service: Service, kiosk: Kiosk, connected: Terminal, phone: Page
    ) -> None:
        connected.press("q")
        await connected.ends()
        await phone.goto(f"{service.url}/devices")
        await phone.get_by_role("button", name="Remove").click()
        await phone.get_by_role("button", name="Remove now").click()
        await expect(phone.get_by_role("button", name="Remove")).to_have_count(0)
        again = kiosk()
        await again.shows("No longer connected", "Signed out by Alice Liddell on their phone,")

    async def test_signing_out_on_the_kiosk_removes_it_on_the_phone(
        self, service: Service, connected: Terminal, phone: Page
    ) -> None:
        connected.press("l")
        await connected.shows("Sign this screen out?")
        connected.press("y")
        await connected.shows("Signed out", "Press Enter")
        await phone.goto(f"{service.url}/devices")
        await expect(phone.get_by_role("button", name="Remove")).to_have_count(0)

    async def test_connected_kiosk_survives_an_outage_of_the_server(
        self, service: Service, connected: Terminal
    ) -> None:
        service.stop()
        connected.press("r")
        await connected.shows("You stay signed in")
        await service.start()
        connected.press("i")
        connected.press("r")
        await connected.gives(refreshes, "a refresh")


class TestShortLives:
    @pytest.fixture
    def settings(self) -> dict[str, str]:
        return {
            "PAIRGRANT_INTERVAL": "1",
            "PAIRGRANT_ACCESS_TOKEN_LIFETIME": "5",
            "PAIRGRANT_CONNECTION_LIFETIME": "12",
        }

    async def test_tokens_are_refreshed_until_the_connection_expires(
        self, service: Service, kiosk: Kiosk, phone: Page
    ) -> None:
        terminal = kiosk()
        await approve(terminal, phone)
        await terminal.shows("No longer connected", "Press Enter")
        assert tokens_issued(service) > 1
        terminal.press("Enter")
        await look_up(phone, await scanned(terminal), signs_in=False)
        await phone.get_by_role("button", name="Approve").click()
        await terminal.shows("Hello, Alice Liddell")


class TestExpiry:
    @pytest.fixture
    def settings(self) -> dict[str, str]:
        return {"PAIRGRANT_INTERVAL": "1", "PAIRGRANT_DEVICE_CODE_LIFETIME": "10"}

    async def test_codes_are_replaced_until_the_kiosk_rests(self, kiosk: Kiosk) -> None:
        terminal = kiosk()
        await shows_code(terminal)
        await terminal.shows("Press Enter to start")
        terminal.press("Enter")
        await terminal.shows("Scan with your phone")


class TestTrouble:
    async def test_unreachable_server_is_shown_with_the_next_step(
        self, service: Service, kiosk: Kiosk
    ) -> None:
        service.stop()
        terminal = kiosk()
        await terminal.shows("Press Enter")
        terminal.press("Enter")
        await terminal.shows("The server can't be reached", "Next try in", "Try now")

    async def test_code_stays_valid_during_an_outage_of_the_server(
        self, service: Service, kiosk: Kiosk, phone: Page
    ) -> None:
        terminal = kiosk()
        await shows_code(terminal)
        service.stop()
        await terminal.shows("No response since", "Next try in")
        await service.start()
        await look_up(phone, await scanned(terminal))
        await phone.get_by_role("button", name="Approve").click()
        await terminal.shows("Hello, Alice Liddell")


class TestDPoP:
    """Codes and tokens that are worth nothing in other hands, without anyone asking for it (RFC 9449)."""

    @pytest.mark.parametrize("nonce", ["optional", "required"])
    async def test_kiosk_pairs_refreshes_and_reads_with_dpop(
        self, service: Service, kiosk: Kiosk, phone: Page, tmp_path: Path, nonce: str
    ) -> None:
        service.stop()
        service.settings["PAIRGRANT_DPOP_NONCE"] = nonce
        await service.start()
        terminal = kiosk()
        await approve(terminal, phone)
        await terminal.shows("Hello, Alice Liddell")
        await phone.goto(f"{service.url}/board")
        await phone.get_by_label("New notice").fill("Coffee at three")
        await phone.get_by_role("button", name="Add").click()
        await terminal.shows("Coffee at three")

        kept = tmp_path / "token.json"
        before = json.loads(kept.read_text())
        assert json.loads(before["dpop_key"])["crv"] == "P-256"
        terminal.press("i", "r")

        await terminal.gives(refreshes, "a refresh")
        after = json.loads(kept.read_text())
        assert after["access_token"] != before["access_token"]
        assert after["dpop_key"] == before["dpop_key"]

        board = f"{service.url}/board/notices"
        headers = dict(line.split(": ", 1) for line in printed(service, kept, "--headers", "GET", board))
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as anyone:
            stolen = {"authorization": f"Bearer {after['access_token']}"}
            assert (await anyone.get(board, headers=stolen)).status_code == 401
            assert (await anyone.get(board, headers=headers)).json()["notices"][0][
                "text"
            ] == "Coffee at three"
            assert (await anyone.get(board, headers=headers)).status_code == 401, "a proof is good once"

    async def test_kiosk_without_dpop_gets_bearer_tokens(
        self, service: Service, kiosk: Kiosk, phone: Page, tmp_path: Path
    ) -> None:
        terminal = kiosk("--no-dpop")
        await approve(terminal, phone)
        await terminal.shows("Hello, Alice Liddell")
        (token,) = printed(service, tmp_path / "token.json")
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as curl:
            headers = {"authorization": f"Bearer {token}"}
            assert (await curl.get(f"{service.url}/board/notices", headers=headers)).is_success


class TestPolicies:
    """What a client's policy asks for, the kiosk does."""

    async def test_client_that_requires_dpop_and_pkce_is_paired(
        self, service: Service, kiosk: Kiosk, phone: Page
    ) -> None:
        done = service.command("client", "set", "lobby-tv", "--dpop", "--device-pkce")
        assert done.returncode == 0, done.stderr
        terminal = kiosk()
        await approve(terminal, phone)
        await terminal.shows("Hello, Alice Liddell")

    @pytest.fixture
    async def asked(self, service: Service, kiosk: Kiosk, phone: Page) -> Terminal:
        """A kiosk that waits for the digits on the phone."""
        done = service.command("client", "set", "lobby-tv", "--return-pin")
        assert done.returncode == 0, done.stderr
        terminal = kiosk()
        await approve(terminal, phone)
        await terminal.shows("Type the three digits shown on your phone")
        return terminal

    async def digits(self, phone: Page) -> str:
        await expect(phone.get_by_role("heading", name="Enter these digits on your device")).to_be_visible()
        return await phone.locator(".code").inner_text()

    async def test_pin_on_the_phone_is_typed_on_the_kiosk(self, asked: Terminal, phone: Page) -> None:
        pin = await self.digits(phone)
        wrong = f"{(int(pin) + 1) % 1000:03}"
        asked.press(*wrong, "Enter")
        await asked.shows("Wrong digits. 2 tries left.")
        asked.press(*pin)
        await asked.shows("Then press Enter")
        asked.press("Enter")
        await asked.shows("Hello, Alice Liddell")
        await expect(phone.get_by_role("heading", name="Your device is connected")).to_be_visible()

    async def test_three_wrong_pins_end_the_pairing_on_both_screens(
        self, asked: Terminal, phone: Page
    ) -> None:
        pin = int(await self.digits(phone))
        for number, says in enumerate(("2 tries left", "1 try left", "Too many wrong attempts"), start=1):
            asked.press(*f"{(pin + number) % 1000:03}", "Enter")
            await asked.shows(says)
        await expect(
            phone.get_by_role("heading", name="Wrong digits were entered three times")
        ).to_be_visible()


class TestHangUp:
    async def test_kiosk_ends_when_its_terminal_closes(self, kiosk: Kiosk) -> None:
        terminal = kiosk()
        await shows_code(terminal)
        process = Path("/proc") / terminal.process_id
        assert process.exists()
        terminal.close()
        await gone(process)


class TestSizes:
    @pytest.mark.parametrize(("columns", "lines"), [(40, 12), (20, 6)])
    async def test_tiny_terminal_shows_the_code(
        self, service: Service, kiosk: Kiosk, columns: int, lines: int
    ) -> None:
        terminal = kiosk(columns=columns, lines=lines)
        await terminal.shows("Enter")
        terminal.press("Enter")
        await terminal.shows("/device")

        def code(screen: str) -> bool | None:
            typed = re.search(r"[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}", screen.replace(" ", ""))
            return bool(typed or "█" in screen) or None

        await terminal.gives(code, "a code")

    async def test_large_terminal_shows_a_qr_code_that_can_be_scanned(self, kiosk: Kiosk) -> None:
        terminal = kiosk(columns=160, lines=48)
        await terminal.shows("Enter Connect")
        terminal.press("Enter")
        await terminal.shows("Can't scan", "█" * 40)
        address = await terminal.gives(lambda screen: scan(upright(screen)), "a QR code that can be read")
        assert "/D/" in address


def upright(screen: str) -> str:
    """As the eye sees it, where a module is two columns wide."""
    return "\n".join(line[::2] for line in screen.splitlines())
