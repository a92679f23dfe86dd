"""Servers that start quickly inside a test's own process, and give a busy machine time.

RSA keys are made once and read once, which takes 0.05 s each; SQLite doesn't wait for the disk; a PostgreSQL
that responds late is waited for. None of it applies to processes that a test starts, or to tests marked
``as_shipped``.
"""

import json
import re
from functools import cache
from itertools import cycle
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from pairgrant_server.authorization_server.keys import sealed_key
from pairgrant_server.authorization_server.store.postgresql import connections, server
from pairgrant_server.authorization_server.store.sqlite import file
from tests.processes.programs import PATIENCE

_DIFFERENT_KEYS = 8
"""More than one test uses, so that no two of its keys are the same."""

_numbers = cycle(range(_DIFFERENT_KEYS))
_generated = sealed_key._generated
_imported = sealed_key._imported


@cache
def _rsa_key(number: int) -> ECKey | RSAKey:
    return _generated("RS256")


@cache
def _imported_once(algorithm: str, jwk: str) -> ECKey | RSAKey:
    return _imported(algorithm, json.loads(jwk))


def _generate(algorithm: str) -> ECKey | RSAKey:
    return _rsa_key(next(_numbers)) if algorithm == "RS256" else _generated(algorithm)


def _import(algorithm: str, jwk: dict[str, Any]) -> ECKey | RSAKey:
    if algorithm == "RS256":
        return _imported_once(algorithm, json.dumps(jwk))
    return _imported(algorithm, jwk)


def begin_with(**timeouts: str) -> str:
    """The statement that begins a connection of the store to PostgreSQL, with these ``timeouts``."""
    begin = server._BEGIN
    for name, value in timeouts.items():
        begin, found = re.subn(rf"'{name}', '[^']+'", f"'{name}', '{value}'", begin)
        assert found == 1
    return begin


def quicken(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sealed_key, "_generated", _generate)
    patch.setattr(sealed_key, "_imported", _import)
    patch.setattr(file, "_SYNCHRONOUS", "OFF")
    patch.setattr(server, "_CONNECT_TIMEOUT", PATIENCE)
    patch.setattr(server, "_RESPONSE_TIMEOUT", PATIENCE)
    patch.setattr(server, "_BEGIN", begin_with(statement_timeout=f"{PATIENCE}s", lock_timeout=f"{PATIENCE}s"))
    patch.setattr(connections, "_TURN_TIMEOUT", PATIENCE)
