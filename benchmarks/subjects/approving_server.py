"""``pairgrant-server`` with one more path, POST /approve: a person's decision without the person's password.

What it calls is what the consent form calls. It exists only for benchmarks: anyone who reaches it can
approve anything.
"""

from collections.abc import Awaitable
from typing import Any
from unittest.mock import patch

from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.subjects.subject import PERSON
from pairgrant_protocol.user_code import normalize
from pairgrant_server import app, cli
from pairgrant_server.authorization_server.clock import system_clock
from pairgrant_server.authorization_server.http.form import parse_form
from pairgrant_server.authorization_server.http.message import read_body
from pairgrant_server.backend import Backend

_build_app = app.build_app


class Approving:
    """``server`` behind one path of its own."""

    def __init__(self, server: ASGIApp, backend: Backend) -> None:
        self._server = server
        self._backend = backend
        self._user_id = ""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """The server's own coroutine for all other paths, which take no longer than without this."""
        if scope["type"] != "http" or scope["path"] != "/approve":
            return self._server(scope, receive, send)
        return self._approve(receive, send)

    async def _approve(self, receive: Receive, send: Send) -> None:
        user_code = parse_form(await read_body(receive))["user_code"]
        decided = await self._decide(normalize(user_code))
        body = f'{{"approved":"{user_code}"}}'.encode() if decided else b'{"error":"too late"}'
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200 if decided else 409, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _decide(self, user_code: str) -> bool:
        device_flow = self._backend.parts.device_flow
        grant = await device_flow.look_up(user_code)
        if grant is None:
            return False
        user_id = await self._person()
        approval = await self._backend.parts.decisions.approve(
            grant, user_id=user_id, auth_time=system_clock(), viewer=None
        )
        return approval is not None

    async def _person(self) -> str:
        if not self._user_id:
            person = await self._backend.people.user_by_name(PERSON)
            self._user_id = "" if person is None else person.user_id
        return self._user_id


def _with_approval(backend: Backend, **options: Any) -> ASGIApp:
    return Approving(_build_app(backend, **options), backend)


if __name__ == "__mp_main__":  # this is a worker, which has imported the supervisor's program
    app.build_app = _with_approval

if __name__ == "__main__":
    with patch.object(app, "build_app", _with_approval):
        cli.main()
