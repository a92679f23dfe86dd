"""``pairgrant-server demo``, as the README promises it: one command, a phone, and nothing left behind."""

import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.journey.terminal import Terminal


def folders_of_demos(parent: Path) -> list[int]:
    """The modes of the folders that demos keep."""
    return [folder.stat().st_mode & 0o777 for folder in parent.glob("pairgrant-demo-*")]


@pytest.fixture
async def demo(blank_terminal: Terminal, tmp_path: Path) -> AsyncIterator[Terminal]:
    blank_terminal.run(
        [sys.executable, "-m", "pairgrant_server", "demo", "--port", "0"],
        {"TMPDIR": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
    )
    yield blank_terminal
    blank_terminal.close()


async def test_demo_pairs_with_a_phone_and_removes_its_folder(
    demo: Terminal, phone: Page, tmp_path: Path
) -> None:
    await demo.shows("Press Enter to start", "Demo: sign in as demo with the password")
    password = await demo.gives(
        lambda screen: re.search(r"password\s+([a-z]{4}-[a-z]{4})", screen), "the password"
    )
    demo.press("Enter")
    await demo.shows("Scan with your phone")
    address = await demo.gives(lambda screen: re.search(r"http://\S+/device", screen), "the address")
    (mode,) = folders_of_demos(tmp_path)
    assert mode == 0o700

    await phone.goto(address.group())
    await expect(phone.get_by_label("Code")).to_be_visible()
    await phone.goto(address.group().replace("/device", "/signin"))
    await phone.get_by_label("Username").fill("demo")
    await phone.get_by_label("Password").fill(password.group(1))
    await phone.get_by_role("button", name="Sign in").click()
    await expect(phone.get_by_role("heading", name="Your devices")).to_be_visible()

    demo.press("q")
    await demo.ends()
    told = await demo.shows("1. On your", "2. Sign in as demo", "3. Compare the code")
    assert "Traceback" not in told
    assert folders_of_demos(tmp_path) == []
