"""The server of ``fake_server.py`` in a process of its own, and the commands of the device against it."""

from dataclasses import dataclass

import httpx


@dataclass
class SocketServer:
    """``fake_server.py`` in a process of its own."""

    issuer: str

    def person(self, action: str, body: str = "") -> None:
        """Act as the person, or break the server."""
        httpx.post(f"{self.issuer}/-/{action}", content=body, trust_env=False).raise_for_status()

    def seen(self, path: str) -> int:
        """How many requests ``path`` received."""
        counts = httpx.get(f"{self.issuer}/-/seen", trust_env=False).json()
        return int(counts.get(path, 0))
