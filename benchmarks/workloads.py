"""The workloads: what each prepares on a running server, and the script that is then run."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.generator import CONNECTIONS
from benchmarks.processes import NotMeasuredError, Running
from benchmarks.subjects.discovery import RESOURCE_SERVER_BASIC, introspection_path
from benchmarks.subjects.subject import Subject

_FAMILIES = 128
"""Refresh tokens in turn; each connection of the generator waits for no other's."""

Prepare = Callable[[Subject, Running, Path], dict[str, str]]
"""Variables of the script besides the subject's own environment."""


@dataclass(frozen=True, slots=True)
class Workload:
    """``before`` runs once on each server, ``before_each`` before each round; ``unit`` is what is counted."""

    name: str
    title: str
    script: str
    unit: str = "requests/s"
    connections: int = CONNECTIONS
    approves: bool = False
    before: Prepare = field(default=lambda _subject, _server, _folder: {})
    before_each: Prepare = field(default=lambda _subject, _server, _folder: {})


def _with_codes(count: int) -> Prepare:
    def prepare(subject: Subject, server: Running, folder: Path) -> dict[str, str]:
        return {"DEVICE_CODES": str(subject.pending_codes(server, folder, count))}

    return prepare


def _with_refresh_tokens(subject: Subject, server: Running, folder: Path) -> dict[str, str]:
    return {"TOKENS": str(subject.tokens(server, folder, _FAMILIES, "refresh_token"))}


def _with_access_tokens(subject: Subject, server: Running, folder: Path) -> dict[str, str]:
    path = introspection_path(server.port)
    if path is None:
        raise NotMeasuredError("its discovery document names no introspection endpoint")
    tokens = subject.tokens(server, folder, _FAMILIES, "access_token")
    return {"TOKENS": str(tokens), "INTROSPECTION_PATH": path, "AUTHORIZATION": RESOURCE_SERVER_BASIC}


def poll(live_codes: int) -> Workload:
    return Workload("poll", f"POLL, {live_codes:,} live codes", "poll.lua", before=_with_codes(live_codes))


ISSUE = Workload("issue", "ISSUE", "issue.lua")
PAIR = Workload("pair", "PAIR (issue, approve, token)", "pair.lua", unit="pairings/s", approves=True)
REFRESH = Workload("refresh", "REFRESH", "refresh.lua", approves=True, before_each=_with_refresh_tokens)
INTROSPECT = Workload("introspect", "INTROSPECT", "introspect.lua", approves=True, before=_with_access_tokens)


def by_many(workload: Workload) -> Workload:
    """The same with 64 connections."""
    return replace(workload, title=f"{workload.title}, 64 connections", connections=64)
