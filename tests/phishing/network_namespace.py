"""A Linux network namespace: processes and threads in it have an address of their own, as machines have."""

import ctypes
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

_T = TypeVar("_T")
_FOLDER = Path("/run/netns")
_CLONE_NEWNET = 0x40000000


class NoNamespacesError(Exception):
    """This machine, or this user, can't make network namespaces."""


@dataclass
class NetworkNamespace:
    """``address`` is its own, ``gateway`` that of the tests' own namespace on its wire."""

    name: str
    address: str
    gateway: str
    _thread: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, initializer=self._enter)

    def run(self, work: Callable[[], _T]) -> _T:
        """The result of ``work``, done by the one thread that lives in the namespace."""
        return self._thread.submit(work).result()

    def program(self, program: str, folder: Path) -> Path:
        """A script that runs ``program`` in the namespace."""
        script = folder / f"in-{self.name}"
        script.write_text(f'#!/bin/sh\nexec nsenter --net={_FOLDER / self.name} {program} "$@"\n')
        script.chmod(0o700)
        return script

    def close(self) -> None:
        self._thread.shutdown()

    def _enter(self) -> None:
        descriptor = os.open(_FOLDER / self.name, os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(descriptor)


@contextmanager
def network_namespace(number: int) -> Iterator[NetworkNamespace]:
    """One with the address 10.213.NUMBER.2, until the context ends.

    Raises:
        NoNamespacesError: there can be none.
    """
    if not (shutil.which("ip") and shutil.which("nsenter")):
        raise NoNamespacesError("needs ip and nsenter")
    identifier = uuid.uuid4().hex[:8]
    name, wire = f"pairgrant-{identifier}", f"pg{identifier}"
    namespace = NetworkNamespace(name, f"10.213.{number}.2", f"10.213.{number}.1")
    _ip("netns", "add", name)
    try:
        _ip("link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("address", "add", f"{namespace.gateway}/30", "dev", wire)
        _ip("link", "set", wire, "up")
        for words in (
            ("address", "add", f"{namespace.address}/30", "dev", "eth0"),
            ("link", "set", "lo", "up"),
            ("link", "set", "eth0", "up"),
            ("route", "add", "default", "via", namespace.gateway),
        ):
            _ip("-n", name, *words)
        yield namespace
    finally:
        namespace.close()
        _ip("netns", "delete", name)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNamespacesError(done.stderr.strip())
