"""The scripts judge real responses over real sockets: unexpected ones are counted and reported."""

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.generator import load
from benchmarks.subjects.pairgrant import on_sqlite

pytestmark = pytest.mark.skipif(
    shutil.which("wrk") is None, reason="wrk isn't installed: apt-get install wrk"
)


class Answering(BaseHTTPRequestHandler):
    """Says of each device code what the code itself says."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        body = f'{{"error":"{form.rpartition("=")[2]}"}}'.encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()


def test_answers_that_should_not_be_are_counted(port: int, tmp_path: Path) -> None:
    codes = tmp_path / "codes"
    codes.write_text("authorization_pending\nslow_down\ninvalid_grant\n")
    told = {**on_sqlite().environment, "DEVICE_CODES": str(codes)}
    found = load("poll.lua", port, told, seconds=1, connections=1)
    assert found.unexpected > 0
    pending = found.as_expected - found.slowed_down
    assert (
        max(pending, found.slowed_down, found.unexpected) - min(pending, found.slowed_down, found.unexpected)
        <= 1
    )
    assert found.first_unexpected == "400 {'error':'invalid_grant'}"
