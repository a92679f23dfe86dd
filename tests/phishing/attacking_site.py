"""The attacker's web site: another origin, whose pages make a code when the victim comes, and lead on."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.phishing.sending_device import SendingDevice

HOST = "prizes.example"
"""The browsers of these tests resolve it to this machine."""


@dataclass
class AttackingSite:
    """``device`` is the attacker's, behind the pages; a test sets it."""

    port: int
    device: SendingDevice | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def page(self, path: str) -> tuple[int, dict[str, str], str]:
        """Status, header fields and HTML. Each page but ``/number`` makes a new code."""
        device = self.device
        assert device is not None
        if path == "/number":
            return 200, {}, f"<p id=number>{device.number() or ''}</p>"
        if path == "/favicon.ico":
            return 404, {}, ""
        assert device.start().is_success
        link = device.link()
        pages: dict[str, tuple[int, dict[str, str], str]] = {
            "/redirect": (302, {"Location": link}, ""),
            "/script": (200, {}, f"<script>location = {link!r}</script>"),
            "/new-tab": (200, {}, f"<a target=_blank rel=noreferrer href='{link}'>Your prize</a>"),
        }
        return pages[path]


def serve(site: AttackingSite) -> Callable[[], None]:
    """Serve ``site`` until the function that is returned is called."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, fields, html = site.page(self.path)
            self.send_response(status)
            for name, value in {"Content-Type": "text/html", **fields}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", site.port), Pages)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
