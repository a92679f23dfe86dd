"""What is measured: a server that can be started on an empty database, and what the scripts send to it."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from benchmarks.generator import collect
from benchmarks.processes import NotMeasuredError, Running

CLIENT_ID = "lobby-tv"
RESOURCE_SERVER, RESOURCE_SERVER_SECRET = "the-board", "a secret of the benchmark"
PERSON, PASSWORD = "alice", "a password of the benchmark"

_DEVICE_CODE = quote("urn:ietf:params:oauth:grant-type:device_code", safe="")


@dataclass(frozen=True, kw_only=True)
class Subject(ABC):
    """``is_baseline``: the others are shown as a ratio to it."""

    name: str
    scope: str = "board%3Aread"
    client_id: str = CLIENT_ID
    device_authorization_path: str = "/device_authorization"
    token_path: str = "/token"
    approve_path: str = "/approve"
    is_baseline: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the scripts."""
        client = f"client_id={quote(self.client_id, safe='')}"
        return {
            "DEVICE_AUTHORIZATION_PATH": self.device_authorization_path,
            "TOKEN_PATH": self.token_path,
            "APPROVE_PATH": self.approve_path,
            "ISSUE_FORM": f"{client}&scope={self.scope}",
            "POLL_FORM": f"grant_type={_DEVICE_CODE}&{client}&device_code=",
            "REFRESH_FORM": f"grant_type=refresh_token&{client}&refresh_token=",
        }

    @abstractmethod
    def running(self, folder: Path, *, approves: bool = False) -> AbstractContextManager[Running]:
        """The server with one client and one person in an empty database; POST /approve if ``approves``.

        Raises:
            NotMeasuredError: it can't run here.
        """

    def pending_codes(self, server: Running, folder: Path, count: int) -> Path:
        """A file with the device codes of so many new pending grants, one a line."""
        file = folder / f"codes-{count}"
        collect("issue.lua", server.port, {**self.environment, "DEVICE_CODES": str(file)}, count)
        return file

    def tokens(self, server: Running, folder: Path, count: int, member: str) -> Path:
        """A file with tokens of ``count`` new pairings: the ``refresh_token`` or ``access_token`` of each."""
        file = folder / "tokens"
        environment = {**self.environment, "TOKENS": str(file), "TOKEN_MEMBER": member}
        collect("pair.lua", server.port, environment, count)
        return file


@dataclass(frozen=True, kw_only=True)
class Absent(Subject):
    """A subject that can't run here; ``reason`` stands in the tables in its place."""

    reason: str

    def running(self, folder: Path, *, approves: bool = False) -> AbstractContextManager[Running]:
        del folder, approves
        raise NotMeasuredError(self.reason)
