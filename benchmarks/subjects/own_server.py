"""A server that somebody else runs on this machine, measured by what its discovery document names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchmarks.processes import NotMeasuredError, Running
from benchmarks.subjects.subject import Subject

LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True, kw_only=True)
class OwnServer(Subject):
    """It listens on ``port`` of this machine already."""

    port: int

    @contextmanager
    def running(self, folder: Path, *, approves: bool = False) -> Iterator[Running]:
        del folder, approves
        yield Running(self.port, process_id=0)


def own_server(
    url: str, document: Mapping[str, object], client_id: str, scope: str, approve: str
) -> OwnServer:
    """The subject at ``url``; ``document`` is its metadata (RFC 8414 §2).

    Raises:
        NotMeasuredError: it is on another machine, speaks TLS, or names no device authorization endpoint.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise NotMeasuredError("the load is for this machine: give an address like http://127.0.0.1:8080")
    return OwnServer(
        name=url,
        port=parts.port or 80,
        client_id=client_id,
        scope=quote(scope, safe=""),
        device_authorization_path=_path(document, "device_authorization_endpoint"),
        token_path=_path(document, "token_endpoint"),
        approve_path=approve,
    )


def _path(document: Mapping[str, object], member: str) -> str:
    endpoint = document.get(member)
    if not isinstance(endpoint, str) or not urlsplit(endpoint).path:
        raise NotMeasuredError(f"its discovery document names no {member}")
    return urlsplit(endpoint).path
