"""A provider on a real socket, driven by one row of the tables; it accepts nothing but what the row says."""

import json
import re
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.device.providers.provider_row import BASIC, PKCE, Ask, Row, Says, tokens_of

HOST_FIELD = "X-Emulated-Host"


class Emulator(ThreadingHTTPServer):
    """Responds to polls with ``script``, one after the other; the last one is repeated."""

    daemon_threads = True

    def __init__(self, row: Row, script: Sequence[Says]) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.row = row
        self.script = list(script)
        self.complaints: list[str] = []
        """What was wrong with a request."""
        self.challenge = ""
        self.polls = 0
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def respond(self, request: "_Requests", body: bytes) -> Says:
        address = urlsplit(request.path)
        host = request.headers[HOST_FIELD]
        if "/.well-known/" in address.path:
            is_here = self.row.document is not None and address.path == self.row.document_path
            return Says(200, self.row.document or {}) if is_here else Says(404, "<h1>Not found</h1>")
        params, form = _params(request.headers.get("Content-Type", ""), address.query, body)
        asks = [(name, ask) for name, ask in self._asks() if (ask.host, ask.path) == (host, address.path)]
        problems = []
        for name, ask in asks:
            found = list(self._problems(ask, request, form, params))
            if not found:
                return self._response(name, params)
            problems += [f"{name}: {problem}" for problem in found]
        self.complaints += problems or [f"nothing is at {host}{address.path}"]
        return Says(400, {"error": "emulator", "error_description": "; ".join(self.complaints)})

    def _asks(self) -> Iterator[tuple[str, Ask]]:
        yield "start", self.row.start
        yield "poll", self.row.poll
        if self.row.refresh is not None:
            yield "refresh", self.row.refresh

    def _problems(self, ask: Ask, request: "_Requests", form: str, params: dict[str, str]) -> Iterator[str]:
        if request.command != ask.method:
            yield f"{request.command} instead of {ask.method}"
        if form != ask.body:
            yield f"{form} instead of {ask.body}"
        authorization = request.headers.get("Authorization")
        if authorization != (BASIC if ask.basic else None):
            yield f"Authorization is {authorization}"
        shown = {name: PKCE if ask.params.get(name) == PKCE else value for name, value in params.items()}
        if shown != ask.params:
            yield f"{shown} instead of {ask.params}"

    def _response(self, step: str, params: dict[str, str]) -> Says:
        if step == "start":
            self.challenge = params.get("code_challenge", "")
            return self.row.code
        if step == "refresh":
            return tokens_of(2)
        if self.challenge:
            digest = sha256(params["code_verifier"].encode()).digest()
            if urlsafe_b64encode(digest).rstrip(b"=").decode() != self.challenge:
                self.complaints.append("the verifier belongs to another challenge")
        self.polls += 1
        return self.script[min(self.polls, len(self.script)) - 1]


class _Requests(BaseHTTPRequestHandler):
    server: Emulator
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # header and body are two writes, and the second would wait 40 ms

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = self.server.respond(self, body)
        self.send_response(said.status)
        self.send_header("Content-Length", str(len(said.content)))
        self.end_headers()
        self.wfile.write(said.content)

    def log_message(self, *_: object) -> None:
        pass


def _params(content_type: str, query: str, body: bytes) -> tuple[dict[str, str], str]:
    """The parameters, and how they were sent."""
    if query:
        return dict(parse_qsl(query)), "query" if not body else "query and body"
    if content_type == "application/json":
        members: dict[str, Any] = json.loads(body)
        return members, "json"
    if content_type.startswith("multipart/form-data; boundary="):
        parts = re.findall(rb'name="(\w+)"\r\n\r\n(.*?)\r\n--', body, re.DOTALL)
        return {name.decode(): value.decode() for name, value in parts}, "multipart"
    if content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode(), strict_parsing=True)) if body else {}, "form"
    return {}, "query"


class ToEmulator(httpx.AsyncBaseTransport):
    """Sends every request to the emulator, which learns the host that it was meant for."""

    def __init__(self, emulator: Emulator) -> None:
        self._inner = httpx.AsyncHTTPTransport(verify=False)  # plain http, and a context takes 0.1 s
        self._url = httpx.URL(emulator.url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.scheme == "https"
        request.headers[HOST_FIELD] = request.url.host
        request.url = request.url.copy_with(scheme="http", host=self._url.host, port=self._url.port)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()
