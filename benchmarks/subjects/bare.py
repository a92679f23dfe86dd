"""The baseline as a subject: it returns responses that Pairgrant gave in the same run."""

import http.client
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.processes import Running, free_port, running
from benchmarks.subjects.discovery import DISCOVERY, RESOURCE_SERVER_BASIC, introspection_path
from benchmarks.subjects.subject import Subject

_OF_UVICORN = {"date", "server"}
_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, kw_only=True)
class BareApp(Subject):
    """``captured`` is the file that ``capture`` wrote."""

    captured: Path
    name: str = "bare ASGI app"
    is_baseline: bool = True
    scope: str = "offline_access+board%3Aread"

    @contextmanager
    def running(self, folder: Path, *, approves: bool = False) -> Iterator[Running]:
        del folder, approves
        port = free_port()
        command = [sys.executable, "-m", "benchmarks.subjects.bare_app", str(port), str(self.captured)]
        with running(command, port, {}) as process:
            yield process

    def pending_codes(self, server: Running, folder: Path, count: int) -> Path:
        """Every one of them is called ``pending``, for which the app has a response."""
        del server
        file = folder / f"codes-{count}"
        file.write_text("pending\n" * count)
        return file


def capture(server: Running, client: dict[str, str], file: Path) -> None:
    """Write one response of each kind that ``server``, a Pairgrant that approves, gives to ``client``."""
    issued = _response(server.port, "/device_authorization", client)
    codes = json.loads(issued["body"])
    poll = {"grant_type": _GRANT_TYPE, "client_id": client["client_id"], "device_code": codes["device_code"]}
    responses = {"/device_authorization": issued, "pending": _response(server.port, "/token", poll)}
    responses["/approve"] = _response(server.port, "/approve", {"user_code": codes["user_code"]})
    responses["/token"] = _response(server.port, "/token", poll)
    path = introspection_path(server.port)
    if path is not None:
        responses[DISCOVERY] = {
            "status": 200,
            "headers": [],
            "body": json.dumps({"introspection_endpoint": f"http://bare{path}"}),
        }
        token = json.loads(responses["/token"]["body"])["access_token"]
        responses[path] = _response(
            server.port, path, {"token": token}, {"Authorization": RESOURCE_SERVER_BASIC}
        )
    file.write_text(json.dumps(responses))


def _response(
    port: int, path: str, form: dict[str, str], headers: dict[str, str] | None = None
) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        connection.request("POST", path, urlencode(form), sent)
        response = connection.getresponse()
        kept = [(name, value) for name, value in response.getheaders() if name.lower() not in _OF_UVICORN]
        return {"status": response.status, "headers": kept, "body": response.read().decode()}
    finally:
        connection.close()
