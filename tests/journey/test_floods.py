"""What strangers can send before anyone knows them, against a real server whose memory is measured.

Everything here runs over loopback and ends by itself.
"""

import asyncio
import base64
import os
import resource
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
import trustme

from tests.journey.service import Service
from tests.journey.waiting import PATIENCE
from tests.processes.programs import Programs, SpawnedPrograms

MIB = 2**20
SOCKETS = 10_000
"""Fewer if this process may not open as many files."""
UPGRADE = b"Host: x\r\nConnection: upgrade\r\n"


@pytest.fixture(scope="module")
def server_programs() -> Programs:
    """Memory is that of a process of its own."""
    return SpawnedPrograms()


def memory_of(service: Service) -> int:
    """Bytes of the server that are in memory."""
    pages = int(Path(f"/proc/{service.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


@asynccontextmanager
async def connected(service: Service) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What arrives until the server closes the connection, which it has to do."""
    with suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    return b""


async def send_until_closed(writer: asyncio.StreamWriter, chunk: bytes, *, at_most: int) -> int:
    """The bytes that were sent before the server closed the connection."""
    sent = 0
    with suppress(ConnectionError):
        while sent < at_most and not writer.transport.is_closing():
            writer.write(chunk)
            await writer.drain()
            sent += len(chunk)
    return sent


@pytest.mark.parametrize(
    ("begin", "chunk"),
    [
        (b"GET / HTTP/1.1\r\n", b"X-A: " + b"b" * 4000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\nX-A: ", b"b" * 65_536),
        (b"GET /", b"a" * 65_536),
        (b"GET / HTTP/1.1\r\n", b"a: b\r\n" * 1000),
    ],
    ids=["header lines", "one line", "a path", "short fields"],
)
async def test_request_head_without_end_is_cut_off_and_memory_stays_flat(
    service: Service, begin: bytes, chunk: bytes
) -> None:
    before = memory_of(service)
    for _ in range(4):
        async with connected(service) as (_, writer):
            writer.write(begin)
            assert await send_until_closed(writer, chunk, at_most=96 * MIB) < 32 * MIB
    assert memory_of(service) - before < 12 * MIB


@pytest.fixture
def many() -> Iterator[int]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield min(SOCKETS, hard - 1000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("said", [b"", b"POST /token HTTP/1.1\r\nHost: x\r\nX-A: b"], ids=["silent", "half"])
async def test_health_check_responds_within_a_second_beside_ten_thousand_sockets(
    service: Service, many: int, said: bytes
) -> None:
    before = memory_of(service)
    held: list[asyncio.StreamWriter] = []
    try:
        for _ in range(0, many, 100):
            opened = await asyncio.gather(
                *(asyncio.open_connection("127.0.0.1", service.port) for _ in range(100))
            )
            for _, writer in opened:
                writer.write(said)
                held.append(writer)
        seconds = []
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            for _ in range(5):
                began = time.monotonic()
                assert (await client.get(f"{service.url}/healthz")).is_success
                seconds.append(time.monotonic() - began)
        assert min(seconds) < 1
        assert memory_of(service) - before < 40 * MIB
    finally:
        for writer in held:
            writer.transport.abort()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A",
        b"\r\n",
        b"POST /token HTTP/1.1\r\n" + UPGRADE + b"Upgrade: websocket\r\n\r\n",
        b"POST /token HTTP/1.1\r\n" + UPGRADE + b"Upgrade: h2c\r\nContent-Length: 9\r\n\r\n",
        b"GET /_nicegui_ws/socket.io/ HTTP/1.1\r\n" + UPGRADE + b"Upgrade: websocket\r\n\r\n",
    ],
    ids=["silence", "half a head", "a line break", "websocket POST", "h2c POST", "half a handshake"],
)
async def test_connection_that_says_nothing_useful_is_closed(service: Service, said: bytes) -> None:
    async with connected(service) as (reader, writer):
        writer.write(said)
        await rest(reader)


def frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """One masked frame of a websocket (RFC 6455 §5.2); the mask is zero."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([(0x80 if fin else 0) | opcode]) + length + bytes(4) + payload


TEXT, BINARY, PING = 1, 2, 9


@asynccontextmanager
async def socket(service: Service) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A websocket of anyone, without cookie and page."""
    async with connected(service) as (reader, writer):
        query = "EIO=4&transport=websocket&implicit_handshake=true&client_id=x&tab_id=t&document_id=d"
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /_nicegui_ws/socket.io/?{query} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        async with asyncio.timeout(PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        yield reader, writer


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (frame(TEXT, b'459999999999-["x",{}]'), frame(BINARY, bytes(65_000))),
        (b"", frame(BINARY, bytes(65_000))),
        (b"", frame(TEXT, b'42["x","' + b"y" * 60_000 + b'"]')),
        (b"", frame(TEXT, b'42["ack",{}]')),
        (b"", frame(PING, bytes(100)) * 50),
        (frame(TEXT, b"4", fin=False), frame(0, b"", fin=False) * 1000),
    ],
    ids=["attachments", "binary", "large events", "many events", "pings", "empty fragments"],
)
async def test_websocket_of_a_stranger_is_cut_off_and_memory_stays_flat(
    service: Service, begin: bytes, again: bytes
) -> None:
    before = memory_of(service)
    for _ in range(8):
        async with socket(service) as (_, writer):
            writer.write(frame(TEXT, b"40{}") + begin)
            assert await send_until_closed(writer, again, at_most=37 * MIB) < 16 * MIB
    assert memory_of(service) - before < 12 * MIB


async def test_silent_websocket_is_closed(service: Service) -> None:
    async with socket(service) as (reader, _):
        await rest(reader)


class TestTls:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, str]:
        certificate = trustme.CA().issue_cert("127.0.0.1")
        certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
        (tmp_path / "key.pem").chmod(0o600)
        for chain in certificate.cert_chain_pems:
            chain.write_to_path(tmp_path / "cert.pem", append=True)
        return {}

    async def test_silent_tls_handshake_is_closed(self, service: Service, tmp_path: Path) -> None:
        service.stop()
        service.settings.update(
            PAIRGRANT_CERTFILE=str(tmp_path / "cert.pem"), PAIRGRANT_KEYFILE=str(tmp_path / "key.pem")
        )
        service.scheme, service.verify = "https", False
        await service.start()
        async with connected(service) as (reader, _):
            began = time.monotonic()
            await rest(reader)
            assert time.monotonic() - began < 40, "uvloop's own patience is 60 seconds"
