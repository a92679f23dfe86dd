"""What a sender may cost before its request head is complete: bytes, fields, seconds and connections.

Every test runs with the inline protocol and with the one that replaces it under an unknown uvicorn.
"""

from collections.abc import Callable
from typing import Any, cast

import pytest
import uvicorn
from structlog.testing import capture_logs
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from pairgrant_server.serving.bounded_protocol import BoundedConnection, BoundedProtocol, bounded_protocol
from pairgrant_server.serving.inline_protocol import inline_protocol
from pairgrant_server.serving.open_connections import OpenConnections
from tests.serving.virtual_connection import Loop, Transport

Connections = OpenConnections[BoundedConnection]


async def respond(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def inline(connections: Connections) -> Any:
    return inline_protocol(frozenset({"/token"}), connections)


class Server:
    """One process: ``connect`` opens a connection to it."""

    def __init__(self, make: Callable[[Connections], Any], connections: Connections) -> None:
        self.loop = Loop()
        self.config = uvicorn.Config(respond, lifespan="off", log_config=None, ws="none")
        self.protocol = make(connections)
        self.started: list[Any] = []

    def connect(self, address: str = "203.0.113.5") -> "Client":
        transport = Transport(address)
        protocol = self.protocol(self.config, ServerState(), {}, cast("Any", self.loop))
        protocol._start_asgi_task = lambda cycle, _app: self.started.append(cycle)
        protocol.connection_made(transport)
        return Client(protocol, transport)


class Client:
    def __init__(self, protocol: BoundedProtocol, transport: Transport) -> None:
        self.protocol = protocol
        self.transport = transport

    def send(self, data: bytes) -> None:
        if not self.transport.is_closed:
            self.protocol.data_received(data)

    @property
    def status(self) -> str:
        return self.transport.written[9:12].decode()

    @property
    def is_closed(self) -> bool:
        return self.transport.is_closed


@pytest.fixture(params=[inline, bounded_protocol], ids=["inline", "with an unknown uvicorn"])
def make(request: pytest.FixtureRequest) -> Callable[[Connections], Any]:
    return cast("Callable[[Connections], Any]", request.param)


@pytest.fixture
def server(make: Callable[[Connections], Any]) -> Server:
    return Server(make, OpenConnections())


def head(*fields: bytes, line: bytes = b"GET /page HTTP/1.1") -> bytes:
    return b"\r\n".join((line, *fields, b"", b""))


HOST = b"Host: pair.example"


class TestSize:
    def test_head_within_bounds_is_accepted(self, server: Server) -> None:
        client = server.connect()
        client.send(head(HOST, *(b"X-%d: " % number + b"b" * 300 for number in range(99))))
        assert not client.is_closed
        assert len(server.started) == 1

    @pytest.mark.parametrize("size", [1, 1000, 40_000])
    def test_line_without_end_is_refused_with_431_at_32_kib(self, server: Server, size: int) -> None:
        client = server.connect()
        client.send(b"GET /page HTTP/1.1\r\nX-A: ")
        sent = 0
        while not client.is_closed:
            client.send(b"b" * size)
            sent += size
            assert sent <= 32_768 + size
        assert client.status == "431"

    def test_url_without_end_is_refused_with_431(self, server: Server) -> None:
        client = server.connect()
        client.send(b"GET /")
        for _ in range(40):
            client.send(b"a" * 1024)
        assert client.status == "431"

    def test_fields_without_end_are_refused_with_431_at_a_hundred(self, server: Server) -> None:
        client = server.connect()
        client.send(b"GET /page HTTP/1.1\r\n")
        for _ in range(102):
            client.send(b"a: b\r\n")
        assert client.status == "431"
        assert client.is_closed

    @pytest.mark.parametrize(
        "fields",
        [(HOST, b"X-A: " + b"b" * 32_768), (HOST, *(b"a: b" for _ in range(100)))],
        ids=["size", "fields"],
    )
    def test_whole_head_beyond_the_bounds_is_refused_with_431(
        self, server: Server, fields: tuple[bytes, ...]
    ) -> None:
        client = server.connect()
        client.send(head(*fields))
        assert client.status == "431"
        assert client.is_closed
        assert server.started == []

    def test_large_body_in_the_same_read_is_not_counted(self, server: Server) -> None:
        client = server.connect()
        client.send(head(HOST, b"Content-Length: 60000", line=b"POST /page HTTP/1.1") + b"b" * 60_000)
        assert not client.is_closed

    def test_head_after_a_request_is_counted_too(self, server: Server) -> None:
        client = server.connect()
        client.send(head(HOST, b"Content-Length: 1", line=b"POST /token HTTP/1.1") + b"b")
        before = client.transport.written
        client.send(b"GET /page HTTP/1.1\r\nX-A: ")
        for _ in range(40):
            client.send(b"b" * 1024)
        assert client.is_closed
        assert before in client.transport.written


class TestTime:
    def test_silent_connection_is_closed_after_ten_seconds(self, server: Server) -> None:
        client = server.connect()
        server.loop.go_on(9)
        assert not client.is_closed
        server.loop.go_on(1)
        assert client.is_closed
        assert client.transport.written == b""

    def test_half_a_head_gets_408_ten_seconds_after_its_first_byte(self, server: Server) -> None:
        client = server.connect()
        server.loop.go_on(9)
        client.send(b"GET /page HTTP/1.1\r\nHost: pair")
        server.loop.go_on(9)
        assert not client.is_closed
        server.loop.go_on(1)
        assert client.status == "408"
        assert client.is_closed

    def test_one_header_a_second_does_not_extend_the_time(self, server: Server) -> None:
        client = server.connect()
        client.send(b"GET /page HTTP/1.1\r\n")
        for _ in range(10):
            server.loop.go_on(1)
            client.send(b"a: b\r\n")
        assert client.status == "408"

    def test_line_breaks_do_not_extend_the_silence(self, server: Server) -> None:
        client = server.connect()
        for _ in range(10):
            server.loop.go_on(1)
            client.send(b"\r\n")
        assert client.is_closed

    def test_line_breaks_after_a_response_do_not_keep_the_connection(self, server: Server) -> None:
        client = server.connect()
        client.send(head(HOST))
        server.started[0].response_complete = True
        for _ in range(12):
            client.send(b"\r\n")
            server.loop.go_on(1)
        assert client.is_closed

    def test_request_in_progress_has_no_deadline_here(self, server: Server) -> None:
        client = server.connect()
        client.send(head(HOST))
        server.loop.go_on(30)
        assert not client.is_closed

    def test_lost_connection_leaves_no_timer(self, server: Server) -> None:
        client = server.connect()
        client.protocol.connection_lost(None)
        assert server.loop.timers == []
        assert len(client.protocol.open_connections) == 0

    def test_client_that_does_not_read_its_responses_is_cut_after_twenty_seconds(
        self, server: Server
    ) -> None:
        client = server.connect()
        client.send(head(HOST))
        client.protocol.pause_writing()
        server.loop.go_on(19)
        assert not client.is_closed
        server.loop.go_on(1)
        assert client.is_closed

    def test_client_that_reads_on_is_not_cut(self, server: Server) -> None:
        client = server.connect()
        client.send(head(HOST))
        client.protocol.pause_writing()
        client.protocol.resume_writing()
        server.loop.go_on(30)
        assert not client.is_closed


class TestAfterTheHead:
    CHUNKED = b"Transfer-Encoding: chunked"

    @pytest.mark.parametrize("path", [b"/page", b"/token"])
    def test_trailers_are_no_fields_of_the_request(self, server: Server, path: bytes) -> None:
        client = server.connect()
        client.send(head(HOST, self.CHUNKED, line=b"POST " + path + b" HTTP/1.1"))
        client.send(b"0\r\nX-Forwarded-For: 198.51.100.66\r\nHost: other.example\r\n\r\n")
        assert [name for name, _ in client.protocol.headers] == [b"host", b"transfer-encoding"]

    @pytest.mark.parametrize("path", [b"/page", b"/token"])
    @pytest.mark.parametrize(
        ("begin", "more"),
        [
            (b"0\r\n", b"a: b\r\n" * 100),
            (b"0\r\na: ", b"b" * 1000),
            (b"0\r\n", b"a" * 1000),
            (b"1;", b"a" * 1000),
            (b"1", b";a=b" * 300),
        ],
        ids=["trailers", "value of a trailer", "name of a trailer", "chunk extension", "chunk extensions"],
    )
    def test_bytes_that_bring_no_body_close_the_connection_at_8_kib(
        self, server: Server, path: bytes, begin: bytes, more: bytes
    ) -> None:
        client = server.connect()
        client.send(head(HOST, self.CHUNKED, line=b"POST " + path + b" HTTP/1.1") + begin)
        sent = 0
        while not client.is_closed:
            client.send(more)
            sent += len(more)
            assert sent <= 8_192 + len(more)
        assert sent > 8_192
        assert len(client.protocol.headers) == 2

    def test_body_in_many_small_chunks_is_read(self, server: Server) -> None:
        client = server.connect()
        client.send(head(HOST, self.CHUNKED, line=b"POST /page HTTP/1.1"))
        for _ in range(4000):
            client.send(b"1\r\nb\r\n")
        client.send(b"0\r\n\r\n")
        (cycle,) = server.started
        assert bytes(cycle.body) == b"b" * 4000
        assert not cycle.more_body
        assert not client.is_closed

    def test_pipelined_requests_are_bounded(self, server: Server) -> None:
        client = server.connect()
        client.send(head(HOST) * 9)
        assert not client.is_closed
        client.send(head(HOST) * 200)
        assert client.is_closed
        assert len(client.protocol.pipeline) == 8


class TestHost:
    @pytest.mark.parametrize(
        "fields",
        [
            (),
            (HOST, HOST),
            (HOST, b"hOST: other.example"),
            (b"Host: a b",),
            (b"Host: evil.example/board?",),
            (b"Host: [",),
            (b"Host: user@pair.example",),
        ],
    )
    @pytest.mark.parametrize("line", [b"GET /page HTTP/1.1", b"POST /token HTTP/1.1"])
    def test_missing_repeated_or_malformed_host_is_400(
        self, server: Server, line: bytes, fields: tuple[bytes, ...]
    ) -> None:
        client = server.connect()
        client.send(head(*fields, b"Content-Length: 0", line=line))
        assert client.status == "400"
        assert client.is_closed
        assert server.started == []

    @pytest.mark.parametrize("host", [b"pair.example:8628", b"[::1]:8628", b"127.0.0.1", b"", b"a_b.example"])
    def test_valid_host_is_accepted(self, server: Server, host: bytes) -> None:
        client = server.connect()
        client.send(head(b"Host: " + host))
        assert not client.is_closed

    def test_http_1_0_may_lack_host(self, server: Server) -> None:
        client = server.connect()
        client.send(head(line=b"GET /page HTTP/1.0"))
        assert len(server.started) == 1

    def test_http_1_0_may_not_repeat_host(self, server: Server) -> None:
        client = server.connect()
        client.send(head(HOST, HOST, line=b"GET /page HTTP/1.0"))
        assert client.status == "400"


class TestUpgrade:
    def test_post_that_upgrades_to_a_websocket_is_400(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = server.connect()
        monkeypatch.setattr(client.protocol, "ws_protocol_class", object)
        client.send(head(HOST, b"Connection: upgrade", b"Upgrade: websocket", line=b"POST /token HTTP/1.1"))
        assert client.status == "400"
        assert client.is_closed

    @pytest.mark.parametrize("method", [b"GET", b"POST"])
    def test_ignored_upgrade_closes_the_connection_after_the_response(
        self, server: Server, method: bytes
    ) -> None:
        client = server.connect()
        client.send(head(HOST, b"Connection: upgrade", b"Upgrade: h2c", line=method + b" /token HTTP/1.1"))
        (cycle,) = server.started
        assert not cycle.keep_alive


REACHED = ("limit.reached", "203.0.113.5", "connections")


class TestConnections:
    def test_new_connection_replaces_the_oldest_silent_one_of_its_network(
        self, make: Callable[[Connections], Any]
    ) -> None:
        server = Server(make, OpenConnections(in_all=1000, per_network=8))
        other = server.connect("198.51.100.7")
        with capture_logs() as logs:
            clients = [server.connect() for _ in range(5)]
        assert [(line["event"], line["network"], line["limit"]) for line in logs] == [REACHED]
        assert [client.is_closed for client in clients] == [True, True, True, False, False]
        assert not other.is_closed
        clients[-1].send(head(HOST))
        assert len(server.started) == 1

    def test_network_at_its_bound_of_requests_is_refused_alone(
        self, make: Callable[[Connections], Any]
    ) -> None:
        server = Server(make, OpenConnections(in_all=1000, per_network=4))
        for _ in range(4):
            server.connect().send(head(HOST))
        with capture_logs() as logs:
            assert server.connect().is_closed
        assert [(line["event"], line["network"], line["limit"]) for line in logs] == [REACHED]
        assert not server.connect("198.51.100.7").is_closed

    def test_lost_connection_starts_none_of_its_pipelined_requests(self, server: Server) -> None:
        client = server.connect()
        client.send(head(HOST) * 3)
        client.transport.abort()
        client.protocol.connection_lost(None)
        assert len(client.protocol.pipeline) == 0

    def test_request_before_pipelined_ones_learns_that_its_connection_is_lost(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            HttpToolsProtocol, "_start_asgi_task", lambda _self, cycle, _app: server.started.append(cycle)
        )
        client = server.connect()
        del client.protocol._start_asgi_task  # the server's own, in its place
        client.send(head(HOST) * 3)
        client.protocol.connection_lost(None)
        (running,) = server.started
        assert running.disconnected


POST = b"POST /token HTTP/1.1"


class TestVersionAndFraming:
    @pytest.mark.parametrize(
        ("lines", "status"),
        [
            (head(HOST, line=b"GET /page HTTP/2.0"), "505"),
            (head(HOST, b"Transfer-Encoding: gzip, chunked", line=POST), "501"),
            (head(HOST, b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked", line=POST), "400"),
            (head(HOST, b"Content-Length: 9223372036854775808", line=POST), "413"),
            (head(HOST, b"Content-Length: 1000000000", line=POST), "413"),
        ],
    )
    def test_head_that_no_body_can_follow_is_refused_at_once(
        self, server: Server, lines: bytes, status: str
    ) -> None:
        client = server.connect()
        client.send(lines)
        assert (client.status, client.is_closed, server.started) == (status, True, [])

    @pytest.mark.parametrize("field", [b"Transfer-Encoding: Chunked", b"Content-Length: 0000000000002"])
    def test_usual_framing_is_accepted(self, server: Server, field: bytes) -> None:
        client = server.connect()
        client.send(head(HOST, field, line=b"POST /page HTTP/1.1"))
        assert not client.is_closed
