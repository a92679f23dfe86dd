"""The check of uvicorn at start, and the server with a uvicorn that the check does not know."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import uvicorn
from structlog.testing import capture_logs
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from pairgrant_server.serving import http_protocol as module
from pairgrant_server.serving.bounded_protocol import BoundedProtocol
from pairgrant_server.serving.http_protocol import http_protocol
from pairgrant_server.serving.inline_protocol import InlineProtocol
from pairgrant_server.serving.open_connections import OpenConnections
from tests.processes.programs import PATIENCE

PATHS = frozenset({"/token"})


def _without_starting_of_tasks(patch: pytest.MonkeyPatch) -> None:
    """As in uvicorn 0.44 and before."""
    patch.delattr(HttpToolsProtocol, "_start_asgi_task")


def _with_another_request_cycle(patch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise TypeError("other parameters")

    patch.setattr(RequestResponseCycle, "__init__", refuse)


def _without_the_protocol(patch: pytest.MonkeyPatch) -> None:
    patch.delattr("uvicorn.server.ServerState")


def _with_responses_that_never_come(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(module, "_PROBE_SECONDS", 0.05)
    patch.setattr(InlineProtocol, "_flush_all", lambda _self: None)


def _with_other_responses(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        InlineProtocol, "_flush_all", lambda self: self.transport.write(b"HTTP/1.1 500 Oops\r\n\r\n")
    )


UNKNOWN = [
    _without_starting_of_tasks,
    _with_another_request_cycle,
    _without_the_protocol,
    _with_responses_that_never_come,
    _with_other_responses,
]


async def test_installed_uvicorn_gets_the_inline_protocol() -> None:
    with capture_logs() as logs:
        found = await http_protocol(PATHS, OpenConnections())
    assert isinstance(found, type)
    assert issubclass(found, InlineProtocol)
    assert logs == []


@pytest.mark.parametrize("change", UNKNOWN)
async def test_unknown_uvicorn_serves_with_its_own_protocol_within_bounds_and_is_logged_once(
    change: Callable[[pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    change(monkeypatch)
    with capture_logs() as logs:
        chosen = await http_protocol(PATHS, OpenConnections())
    assert issubclass(chosen, BoundedProtocol)
    assert not issubclass(chosen, InlineProtocol)
    assert [entry["event"] for entry in logs] == [
        "unknown uvicorn: serving with its own HTTP protocol, which is slower"
    ]
    assert caplog.text == "", "the failed probe is no event of its own"


async def test_probe_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    await http_protocol(PATHS, OpenConnections())
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_unknown_uvicorn_still_responds_to_a_post(monkeypatch: pytest.MonkeyPatch) -> None:
    async def echo(_scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    with monkeypatch.context() as patch, capture_logs():
        _with_other_responses(patch)
        chosen = await http_protocol(PATHS, OpenConnections())
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(echo, http=chosen, ws="none", lifespan="off", log_config=None))
    running = asyncio.create_task(server._serve([listener]))
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        response = await client.post(f"http://127.0.0.1:{listener.getsockname()[1]}/token", content=b"hello")
    server.should_exit = True
    await running
    assert (response.status_code, response.content) == (200, b"hello")
