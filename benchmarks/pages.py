"""The four pages of a pairing on a slow phone, beside a static HTML form: time until usable, and bytes."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median
from threading import Thread

import httpx

from benchmarks import slow_phone
from benchmarks.figures import Figure, ratio
from benchmarks.person import Person
from benchmarks.plan import Plan
from benchmarks.processes import NotMeasuredError
from benchmarks.subjects.pairgrant import on_sqlite
from benchmarks.subjects.subject import CLIENT_ID, PASSWORD, PERSON
from benchmarks.tables import Table

_DOCUMENT = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Sign in</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/form.css">
</head>
<body>
<main>
<h1>Sign in</h1>
<form method="post" action="/signin">
<label for="username">Username</label>
<input id="username" name="username" autocomplete="username" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>
</main>
</body>
</html>
"""
_STYLE = b"""body { font: 1rem/1.5 system-ui; margin: 1rem; }
input, button { display: block; min-height: 3rem; width: 100%; font: inherit; }
"""


@dataclass
class _Subject:
    """``usable``: the element whose taps are waited for."""

    name: str
    url: str
    usable: str
    cookies: dict[str, str] = field(default_factory=dict)
    visits: list[slow_phone.Visit] = field(default_factory=list)


def measure(plan: Plan) -> Table:
    if not slow_phone.CHROMIUM.exists():
        raise NotMeasuredError(f"{slow_phone.CHROMIUM} is missing")
    folder = plan.folder / "pages"
    folder.mkdir()
    with _static_form() as static, on_sqlite().running(folder) as server:
        subjects = asyncio.run(_measure(plan, static, f"http://127.0.0.1:{server.port}"))
    times = {one.name: Figure(tuple(visit.seconds for visit in one.visits)) for one in subjects}
    baseline = times[subjects[0].name]
    rows = (
        (
            one.name,
            times[one.name].text(2),
            ratio(times[one.name], baseline),
            f"{median(visit.bytes_until_usable for visit in one.visits) / 1000:.1f}",
            f"{median(visit.bytes_in_all for visit in one.visits) / 1000:.1f}",
        )
        for one in subjects
    )
    head = ("page, nothing in the cache", "usable after s", "times the form", "kB until then", "kB in all")
    return Table(head, tuple(rows))


@contextmanager
def _static_form() -> Iterator[str]:
    """A form as small as one can be, with one stylesheet."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Form) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class _Form(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        is_style = self.path.endswith(".css")
        body = _STYLE if is_style else _DOCUMENT
        self.send_response(200)
        self.send_header("Content-Type", "text/css" if is_style else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


async def _measure(plan: Plan, static: str, origin: str) -> list[_Subject]:
    subjects = [
        _Subject("static HTML form", static, "button"),
        _Subject("enter the code", f"{origin}/device", "main .primary"),
    ]
    async with Person(origin) as stranger, Person(origin) as asked, Person(origin) as waiting:
        await stranger.enter_code(await _code(origin))
        subjects.append(_of(stranger, "sign in", "/signin", "main .primary"))
        for person, path in ((asked, "/consent"), (waiting, "/outcome")):
            question = await person.sign_in(await person.enter_code(await _code(origin)), PERSON, PASSWORD)
            if path == "/outcome":
                await person.approve(question)
            usable = "[value=approve]" if path == "/consent" else "main h1"
            subjects.append(_of(person, path.removeprefix("/"), path, usable))
    async with slow_phone.chromium() as browser:
        for number in range(plan.rounds + 1):
            plan.tell(
                f"pages: round {number} of {plan.rounds}" + ("" if number else ", which does not count")
            )
            for one in subjects:
                visit = await slow_phone.visit(browser, one.url, one.usable, one.cookies)
                if number:
                    one.visits.append(visit)
    return subjects


def _of(person: Person, name: str, path: str, usable: str) -> _Subject:
    return _Subject(name, person.origin + path, usable, dict(person.browser.cookies))


async def _code(origin: str) -> str:
    async with httpx.AsyncClient(base_url=origin) as device:
        form = {"client_id": CLIENT_ID, "scope": "openid offline_access board:read"}
        response = (await device.post("/device_authorization", data=form)).json()
    if "user_code" not in response:
        raise NotMeasuredError(f"no code: {response}")
    return str(response["user_code"])
