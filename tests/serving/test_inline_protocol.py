"""The inline protocol over real sockets: immediate responses in one write, the others as uvicorn does it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
import uvloop

from pairgrant_server.authorization_server.http.message import FIELDS, WHOLE_BODY
from pairgrant_server.serving.inline_protocol import inline_protocol
from pairgrant_server.serving.open_connections import OpenConnections
from tests.serving.echoing_application import App, Application, empty, post


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


@asynccontextmanager
async def serving(app: App) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        http=inline_protocol(frozenset({"/token"}), OpenConnections()),
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    server = Server(config)
    running = asyncio.ensure_future(server._serve([listener]))
    await server.is_up.wait()
    try:
        yield server, listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running


@pytest.fixture
async def port(application: Application) -> AsyncIterator[int]:
    async with serving(application) as (_, port):
        yield port


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        status, *lines = head.rstrip().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return (
            int(status.split()[1]),
            headers,
            await self.reader.readexactly(int(headers.get("content-length", 0))),
        )

    async def is_closed(self) -> bool:
        return await self.reader.read() == b""


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


@pytest.fixture
async def client(port: int) -> AsyncIterator[Client]:
    async with connected(port) as client:
        yield client


class TestImmediateResponses:
    async def test_complete_request_is_processed_without_a_task(
        self, client: Client, application: Application
    ) -> None:
        client.send(post(b"hello"))
        status, headers, body = await client.response()
        assert (status, headers["x-kind"], body) == (418, "echo", b"hello")
        assert "date" in headers
        assert application.was_in_a_task == [False]

    async def test_head_and_body_are_sent_in_one_write(self, client: Client) -> None:
        client.send(post(b"hello"))
        assert (await client.reader.read(65_536)).endswith(b"\r\n\r\nhello")

    async def test_scope_is_the_one_that_uvicorn_builds(
        self, client: Client, application: Application
    ) -> None:
        for path in ("/token", "/other"):
            client.send(post(b"hello", path, prefer="wait=3"))
            await client.response()
        inline, plain = application.scopes
        assert application.was_in_a_task == [False, True]
        assert inline.pop(WHOLE_BODY) == b"hello"
        assert {**inline, "path": "/other", "raw_path": b"/other"} == plain
        assert inline[FIELDS] == dict(inline["headers"])

    async def test_connection_serves_many_requests(self, client: Client) -> None:
        for number in range(20):
            client.send(post(b"%d" % number))
            assert (await client.response())[2] == b"%d" % number

    async def test_pipelined_requests_get_their_responses_in_order(self, client: Client) -> None:
        client.send(post(b"one") + post(b"two") + post(b"three"))
        assert [(await client.response())[2] for _ in range(3)] == [b"one", b"two", b"three"]

    async def test_invalid_http_after_a_request_keeps_the_earlier_response(self, client: Client) -> None:
        client.send(post(b"one") + b"nonsense\r\n\r\n")
        assert (await client.response())[2] == b"one"
        assert (await client.response())[0] == 400
        assert await client.is_closed()

    async def test_waiting_request_responds_after_the_request_before_it(
        self, client: Client, application: Application
    ) -> None:
        application.go_on.set()
        client.send(post(b"one") + post(b"wait") + post(b"/other", "/other") + post(b"two"))
        assert [(await client.response())[2] for _ in range(4)] == [b"one", b"wait", b"/other", b"two"]

    async def test_request_after_connection_close_gets_no_response(
        self, client: Client, application: Application
    ) -> None:
        client.send(post(b"close") + post(b"more"))
        assert (await client.response())[2] == b"close"
        assert await client.is_closed()

    async def test_many_connections_get_responses_in_one_turn(self, port: int) -> None:
        async with connected(port) as one, connected(port) as other:
            for number in range(5):
                one.send(post(b"one %d" % number))
                other.send(post(b"other %d" % number))
                responses = await asyncio.gather(one.response(), other.response())
                assert [body for _, _, body in responses] == [b"one %d" % number, b"other %d" % number]

    async def test_connection_close_response_closes_the_connection(self, client: Client) -> None:
        client.send(post(b"close"))
        assert (await client.response())[2] == b"close"
        assert await client.is_closed()


class TestOrdinaryRequests:
    @pytest.mark.parametrize(
        "request_bytes",
        [
            post(b"hello", "/other"),
            post(b"hello", "/token?client_id=x"),
            post(b"hello", connection="close"),
            post(b"hello", expect="100-continue"),
            post(b"hello", expect="100-continue").replace(b"\r\n\r\n", b"\r\nexpect: other\r\n\r\n"),
            post(b"hello").replace(b"POST", b"PUT "),
            post(b"hello").replace(b"HTTP/1.1", b"HTTP/1.0"),
        ],
    )
    async def test_request_that_is_not_plain_is_processed_by_uvicorn(
        self, client: Client, application: Application, request_bytes: bytes
    ) -> None:
        client.send(request_bytes)
        status, _, body = await client.response()
        if status == 100:
            _, _, body = await client.response()
        assert body == b"hello"
        assert application.was_in_a_task == [True]

    async def test_body_in_several_reads_is_complete(self, client: Client, application: Application) -> None:
        whole = post(b"in pieces")
        client.send(whole[:-4])
        await client.writer.drain()
        await application.begun.wait()
        client.send(whole[-4:])
        assert (await client.response())[2] == b"in pieces"
        assert application.was_in_a_task == [True]

    async def test_head_in_several_reads_is_complete(self, client: Client) -> None:
        for byte in post(b"slow"):
            client.send(bytes([byte]))
            await client.writer.drain()
        assert (await client.response())[2] == b"slow"


class TestWaitingRequests:
    async def test_waiting_request_continues_and_responds_in_one_write(
        self, client: Client, application: Application
    ) -> None:
        client.send(post(b"wait for it"))
        await application.waiting.wait()
        application.go_on.set()
        assert (await client.reader.read(65_536)).endswith(b"\r\n\r\nwait for it")
        assert len(application.scopes) == 1

    async def test_response_in_two_parts_arrives_complete(
        self, client: Client, application: Application
    ) -> None:
        application.go_on.set()
        client.send(post(b"wait in two pieces"))
        await application.waiting.wait()
        assert (await client.response())[2] == b"wait in two pieces"

    async def test_next_request_waits_for_the_one_before_it(
        self, client: Client, application: Application
    ) -> None:
        client.send(post(b"wait") + post(b"next"))
        await application.waiting.wait()
        assert len(application.scopes) == 1
        application.go_on.set()
        assert [(await client.response())[2] for _ in range(2)] == [b"wait", b"next"]

    async def test_request_after_a_delayed_connection_close_gets_no_response(
        self, client: Client, application: Application
    ) -> None:
        client.send(post(b"wait and close") + post(b"more"))
        await application.waiting.wait()
        application.go_on.set()
        assert (await client.response())[2] == b"wait and close"
        assert await client.is_closed()
        assert len(application.scopes) == 1

    async def test_other_connections_are_served_while_a_request_waits(
        self, port: int, client: Client, application: Application
    ) -> None:
        client.send(post(b"wait"))
        await application.waiting.wait()
        async with connected(port) as other:
            other.send(post(b"other"))
            assert (await other.response())[2] == b"other"
        application.go_on.set()
        assert (await client.response())[2] == b"wait"

    async def test_disconnect_reaches_a_waiting_application(
        self, client: Client, application: Application
    ) -> None:
        client.send(post(b"watch"))
        await application.waiting.wait()
        client.writer.close()
        await asyncio.wait_for(application.go_on.wait(), 120)

    async def test_stopping_server_responds_to_a_waiting_request_first(
        self, application: Application
    ) -> None:
        async with serving(application) as (server, port), connected(port) as client:
            client.send(post(b"wait"))
            await application.waiting.wait()
            server.should_exit = True
            application.go_on.set()
            assert (await client.response())[2] == b"wait"
            assert await client.is_closed()

    async def test_response_that_comes_after_the_stop_says_that_the_connection_closes(
        self, application: Application
    ) -> None:
        async with serving(application) as (server, port), connected(port) as client:
            client.send(post(b"wait"))
            await application.waiting.wait()
            for connection in server.server_state.connections:
                connection.shutdown()
            application.go_on.set()
            _, headers, body = await client.response()
            assert (headers.get("connection"), body) == ("close", b"wait")
            assert await client.is_closed()


class TestFailures:
    async def test_exception_is_logged_and_returns_500(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        client.send(post(b"fail"))
        assert (await client.response())[0] == 500
        assert "on purpose" in caplog.text

    async def test_exception_after_a_wait_returns_500(
        self, port: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def waits_and_fails(scope: Any, receive: Any, send: Any) -> None:
            await asyncio.sleep(0)
            raise RuntimeError("later")

        async with serving(waits_and_fails) as (_, own_port), connected(own_port) as client:
            client.send(post(b""))
            assert (await client.response())[0] == 500
        assert "later" in caplog.text

    async def test_application_without_a_response_returns_500(self, client: Client) -> None:
        client.send(post(b"silence"))
        assert (await client.response())[0] == 500

    async def test_header_with_a_line_break_is_never_sent(self, client: Client) -> None:
        client.send(post(b"split"))
        assert b"set-cookie" not in await client.reader.read()

    async def test_invalid_http_returns_400(self, client: Client, application: Application) -> None:
        client.send(b"POST /token HTTP/1.1\r\ncontent-length: x\r\n\r\n")
        assert b" 400 " in await client.reader.read()
        assert not application.scopes


def test_connection_lost_before_its_response_does_not_block_others() -> None:
    """Uvloop raises on a write to a lost connection, where asyncio only warns."""

    async def walk() -> bytes:
        server: uvicorn.Server

        async def aborting(scope: Any, receive: Any, send: Any) -> None:
            body = (await receive())["body"]
            head = {"status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
            await send({"type": "http.response.start", **head})
            await send({"type": "http.response.body", "body": body})
            if body == b"abort":
                for protocol in list(server.server_state.connections):
                    protocol.transport.abort()

        async with serving(aborting) as (server, port):
            async with connected(port) as lost:
                lost.send(post(b"abort"))
                with suppress(ConnectionError):
                    await lost.reader.read()
            async with connected(port) as other:
                other.send(post(b"hello"))
                async with asyncio.timeout(120):
                    return (await other.response())[2]

    with asyncio.Runner(loop_factory=uvloop.Loop) as runner:
        assert runner.run(walk()) == b"hello"


@pytest.mark.parametrize("path", ["/token", "/other"])
@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.Loop])
def test_client_that_sends_nothing_more_gets_a_response_that_waits_for_nothing(
    path: str, loop_factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """The end of its sending side is read in the turn in which the response is made."""

    async def walk() -> list[int]:
        async with serving(empty) as (_, port):
            statuses = []
            for _ in range(10):
                async with connected(port) as client:
                    client.send(post(b"", path))
                    client.writer.write_eof()
                    statuses.append((await client.response())[0])
            return statuses

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        assert runner.run(walk()) == [200] * 10
