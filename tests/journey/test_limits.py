"""Limits of a real server: one address guesses codes and passwords, and a person on it signs in and pairs."""

import asyncio
import re
from typing import Any

import httpx

from tests.journey.service import PASSWORD, Service
from tests.pages.site_under_test import leads_to

PATIENCE = 120.0
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def browser_of(service: Service) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        trust_env=False, timeout=PATIENCE, base_url=service.url, headers={"origin": service.url}
    )


async def submitted(browser: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    token: Any = _TOKEN.search((await browser.get("/device")).text)
    return await browser.post(path, data={"csrf_token": token[1], **fields})


async def test_guesser_on_the_same_address_stops_no_person_from_pairing(service: Service) -> None:
    """Of 25 codes at once 20 are looked up; the others have to sign in first."""
    async with browser_of(service) as guesser, browser_of(service) as alice:
        await guesser.get("/device")
        guesses = [submitted(guesser, "/device", user_code="BBBB-BBBB") for _ in range(25)]
        pages = [response.headers["location"] for response in await asyncio.gather(*guesses)]
        assert (pages.count("/device"), pages.count("/signin")) == (20, 5)
        wrong = {"username": "invented", "password": "a wrong password"}
        tries = await asyncio.gather(*[submitted(guesser, "/signin", **wrong) for _ in range(12)])
        assert {leads_to(response) for response in tries} == {"/signin"}

        signed_in = await submitted(alice, "/signin", username="alice", password=PASSWORD)
        assert signed_in.status_code == 303
        codes = (await alice.post("/device_authorization", data={"client_id": "lobby-tv"})).json()
        assert len(codes["user_code"]) == len("WDJB-MJHT")
        found = await submitted(alice, "/device", user_code=codes["user_code"])
        assert (found.status_code, leads_to(found)) == (303, "/consent")
