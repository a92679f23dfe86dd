"""Polls while people sign in: argon2id takes a core for as long as it runs, and devices must not notice.

Twenty sign-ins a second are sent, each a real POST of the form by a real account, from several loopback
addresses and accounts, because the server counts both. A server on one core can't hash as many: the rest is
refused as busy.
"""

import asyncio
from collections import Counter
from pathlib import Path

from benchmarks.generator import Load, load
from benchmarks.held_polls import TRICKLE
from benchmarks.person import Person
from benchmarks.plan import Plan
from benchmarks.processes import NotMeasuredError, Running, on_the_generators_core
from benchmarks.subjects.pairgrant import Pairgrant, on_sqlite
from benchmarks.subjects.subject import PASSWORD
from benchmarks.tables import Table

_A_SECOND = 20
_PEOPLE = 24
_ADDRESSES = 8


def measure(plan: Plan) -> Table:
    folder = plan.folder / "sign-ins"
    folder.mkdir()
    names = [f"person-{number}" for number in range(_PEOPLE)]
    subject = on_sqlite(people=tuple(names))
    seconds = 4 * plan.seconds
    plan.tell("sign-ins: polls without them, and while they come")
    with on_the_generators_core(), subject.running(folder) as server:
        codes = subject.pending_codes(server, folder, 1000)
        before = _polls(subject, server, codes, seconds)
        during, responses = asyncio.run(_during(subject, server, codes, names, seconds))
    head = ("POLL", "p50 ms", "p99 ms", "longest ms")
    rows = (("no one signs in", *_told(before)), (f"{_A_SECOND} sign-ins a second are sent", *_told(during)))
    expected = {
        303: "signed in",
        503: "were told that the server is busy (503)",
        429: "were refused as too many (429)",
    }
    others = {status: count for status, count in responses.items() if status not in expected}
    said = ", ".join(f"{responses[status]} {words}" for status, words in expected.items())
    note = f"Of those sent in {seconds} s, {said}"
    return Table(head, rows, note + (f"; **INVALID**, unexpected: {others}." if others else "."))


def _told(polls: Load) -> tuple[str, ...]:
    if polls.faults:
        return (f"**INVALID**: {polls.faults} unexpected, first: {polls.first_unexpected}", "-", "-")
    return tuple(f"{figure:.2f}" for figure in (polls.p50_ms, polls.p99_ms, polls.max_ms))


def _polls(subject: Pairgrant, server: Running, codes: Path, seconds: int) -> Load:
    environment = {**subject.environment, **TRICKLE, "DEVICE_CODES": str(codes)}
    return load("poll.lua", server.port, environment, seconds)


async def _during(
    subject: Pairgrant, server: Running, codes: Path, names: list[str], seconds: int
) -> tuple[Load, Counter[int]]:
    origin, responses = f"http://127.0.0.1:{server.port}", Counter[int]()
    people = [Person(origin, f"127.0.1.{number + 1}") for number in range(_ADDRESSES)]
    try:
        forms = [await person.fields("/signin") for person in people]
        cookies = [dict(person.browser.cookies) for person in people]
        if not all(cookies):
            raise NotMeasuredError("the sign-in page gave no cookie")

        async def sign_in(number: int) -> None:
            await asyncio.sleep(number / _A_SECOND)
            one = number % _ADDRESSES
            form = {**forms[one], "username": names[number % len(names)], "password": PASSWORD}
            browser = people[one].browser
            browser.cookies.clear()
            browser.cookies.update(cookies[one])  # every time the stranger that the form was made for
            response = await browser.post("/signin", data=form, follow_redirects=False)
            responses[response.status_code] += 1

        flood = [asyncio.create_task(sign_in(number)) for number in range(_A_SECOND * seconds)]
        polls = await asyncio.to_thread(_polls, subject, server, codes, seconds)
        await asyncio.gather(*flood)
        return polls, responses
    finally:
        for person in people:
            await person.browser.aclose()
