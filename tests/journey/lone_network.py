"""A network namespace with one address, and a gate in the place of the server.

What runs in it can reach the gate only. The test decides whether there is a network, what names mean, and
what the gate does with a connection.
"""

import asyncio
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

ADDRESS = "10.213.0.1"
_READY = "ready"
_MAKE_SOCKET = """
import socket, sys
gate = socket.create_server((sys.argv[3], int(sys.argv[1])), backlog=64)
socket.send_fds(socket.socket(fileno=int(sys.argv[2])), [b"x"], [gate.fileno()])
"""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

REDIRECT = (
    b"HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/?to=a\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)
LOGIN_PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 40\r\nConnection: close\r\n\r\n"
    b"<!doctype html><title>Free WLAN</title>\n"
)


def can_make_namespaces() -> bool:
    """Whether this user may make a network namespace here."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return False
    probe = ["unshare", "-Urnm", "ip", "link", "set", "lo", "up"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


class LoneNetwork:
    """``down`` and ``up`` are what a cable does; ``names`` are the addresses that can be looked up."""

    def __init__(self, folder: Path, port: int) -> None:
        self._hosts = folder / "hosts"
        self._hosts.write_text("127.0.0.1 localhost\n")
        steps = [
            f"mount --bind {self._hosts} /etc/hosts",
            "ip link set lo up",
            f"ip address add {ADDRESS}/32 dev lo",
            f"echo {_READY}",
            "exec cat",
        ]
        self._holder = subprocess.Popen(
            ["unshare", "-Urnm", "sh", "-ec", "; ".join(steps)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline().strip() == _READY
        self.port = port
        self._serve: Serve = _hang
        self._passes = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._accepted: set[asyncio.Task[None]] = set()

    def inside(self, *command: str) -> list[str]:
        """``command``, to be run in the namespace."""
        return ["nsenter", "-t", str(self._holder.pid), "-U", "-n", "-m", "--preserve-credentials", *command]

    def run(self, *command: str) -> None:
        subprocess.run(self.inside(*command), check=True, capture_output=True)

    def down(self) -> None:
        self.run("ip", "address", "del", f"{ADDRESS}/32", "dev", "lo")

    def up(self) -> None:
        self.run("ip", "address", "add", f"{ADDRESS}/32", "dev", "lo")

    def name(self, host: str) -> None:
        """Let ``host`` be looked up."""
        with self._hosts.open("a") as hosts:
            hosts.write(f"{ADDRESS} {host}\n")

    async def open_gate(self, tls: ssl.SSLContext | None = None) -> None:
        """Listen at the port of the server, with ``tls`` if it is given."""
        if self._server is not None:
            self._server.close()
        self._server = await asyncio.start_server(self._accept, sock=self._socket_inside(), ssl=tls)

    def _socket_inside(self) -> socket.socket:
        """A listening socket made in the namespace, where it stays; connections come to this process."""
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-c", _MAKE_SOCKET, str(self.port), str(theirs.fileno()), ADDRESS]
        subprocess.run(self.inside(*command), check=True, pass_fds=[theirs.fileno()])
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
        ours.close()
        theirs.close()
        return socket.socket(fileno=descriptors[0])

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._accepted.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._accepted.discard(task)
            writer.transport.abort()

    def hangs(self) -> None:
        """Accept connections, and never respond, also not on those that are open."""
        self._serve = _hang
        self._passes.clear()

    def responds(self, response: bytes) -> None:
        """Send ``response`` to every request."""

        async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(response)
            await writer.drain()

        self._serve = respond

    def leads_to(self, port: int) -> None:
        """Connect to a port outside."""

        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            outside_reader, outside_writer = await asyncio.open_connection("127.0.0.1", port)
            ways = [
                asyncio.create_task(self._copy(reader, outside_writer)),
                asyncio.create_task(self._copy(outside_reader, writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
                outside_writer.transport.abort()

        self._serve = relay
        self._passes.set()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            await self._passes.wait()
            writer.write(data)
            await writer.drain()

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        accepted = list(self._accepted)
        for task in accepted:
            task.cancel()
        await asyncio.gather(*accepted, return_exceptions=True)
        await asyncio.sleep(0)  # the loop closes the sockets of aborted connections
        self._holder.kill()
        self._holder.communicate()


async def _hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(65_536):
        pass


@asynccontextmanager
async def lone_network(folder: Path, port: int) -> AsyncIterator[LoneNetwork]:
    """One with an open gate, until the context ends."""
    network = LoneNetwork(folder, port)
    try:
        await network.open_gate()
        yield network
    finally:
        await network.close()
