"""The TOML file of ``pairgrant-server apply``, read strictly; each error names its table and key."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.model.defined_scope import DefinedScope
from pairgrant_server.commands.apply.problem import ConfigurationError, Problem
from pairgrant_server.commands.apply.scope_table import read_scope
from pairgrant_server.commands.client.fields import FIELDS, InvalidFieldError, read_value

_CLIENT_KEYS = (*FIELDS, "secret", "secret_file")
_USER_KEYS = {"display_name": str, "email": str, "language": str, "time_zone": str, "locked": bool}
_KINDS = {str: "a string", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class WantedClient:
    """``values`` by field of the record and its policy; a missing field gets its default."""

    client_id: str
    values: Mapping[str, Any]
    has_secret: bool = False
    secret: Secret | None = field(default=None, repr=False)
    """The content of ``secret_file``. None: keep the current secret, or generate one."""


@dataclass(frozen=True, slots=True)
class WantedUser:
    """``values`` of some of ``display_name``, ``email``, ``language``, ``time_zone`` and ``locked``."""

    username: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Configuration:
    """``scopes`` are complete: what the file leaves out of a definition is removed from it."""

    clients: tuple[WantedClient, ...]
    users: tuple[WantedUser, ...]
    scopes: tuple[DefinedScope, ...] = ()


def load_configuration(path: Path) -> Configuration:
    """Read ``path``; the files that it names are relative to its folder.

    Raises:
        ConfigurationError: with every error in the file.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([Problem("", "", f"it can't be read ({error})")]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([Problem("", "", f"it is not valid TOML: {error}")]) from None
    return read_configuration(document, path.parent)


def read_configuration(document: Mapping[str, Any], folder: Path) -> Configuration:
    """Read a parsed file; ``folder`` is that of the files that it names.

    Raises:
        ConfigurationError: with every error in the file.
    """
    problems: list[Problem] = []
    for name in document.keys() - {"client", "user", "scope"}:
        text = (
            "unknown table; the file has [client.NAME], [user.NAME] and [scope.NAME]; settings are "
            "PAIRGRANT_… variables"
        )
        problems.append(Problem(visible(name), "", text))
    clients = [
        _client(name, members, folder, problems) for name, members in _tables(document, "client", problems)
    ]
    users = [_user(name, members, problems) for name, members in _tables(document, "user", problems)]
    scopes = [read_scope(name, members, problems) for name, members in _tables(document, "scope", problems)]
    if problems:
        raise ConfigurationError(problems)
    return Configuration(tuple(clients), tuple(users), tuple(filter(None, scopes)))


def _tables(
    document: Mapping[str, Any], kind: str, problems: list[Problem]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    tables = document.get(kind, {})
    if not isinstance(tables, dict):
        problems.append(Problem("", kind, f"write tables, like [{kind}.NAME]"))
        return
    for name, members in tables.items():
        if isinstance(members, dict):
            yield name, members
        else:
            problems.append(Problem(kind, visible(name), f"unknown key; write tables, like [{kind}.NAME]"))


def _client(
    client_id: str, members: Mapping[str, Any], folder: Path, problems: list[Problem]
) -> WantedClient:
    table = f"client.{visible(client_id)}"
    values, read = {}, _Files(folder)
    for key, written in members.items():
        if key not in _CLIENT_KEYS:
            problems.append(_unknown(table, key, _CLIENT_KEYS, written))
        elif key in FIELDS:
            try:
                values[key] = read_value(key, written, read)
            except InvalidFieldError as error:
                problems.append(Problem(table, key, str(error)))
    if "name" not in members:
        problems.append(Problem(table, "name", "required; people read it on the approval page"))
    secret, wants_one = None, members.get("secret", False)
    if not isinstance(wants_one, bool):
        text = "write true to generate a secret, which is shown once; this file never holds the secret itself"
        problems.append(Problem(table, "secret", text))
    if "secret_file" in members:
        try:
            secret = _secret(read, members["secret_file"])
        except InvalidFieldError as error:
            problems.append(Problem(table, "secret_file", str(error)))
    return WantedClient(client_id, values, bool(wants_one) or "secret_file" in members, secret)


def _secret(read: "_Files", written: Any) -> Secret:
    if not isinstance(written, str):
        raise InvalidFieldError("write the name of a file whose first line is the secret")
    line = read(written).partition("\n")[0].strip()
    if not line:
        raise InvalidFieldError(f"{written} is empty; its first line must be the secret")
    return Secret(line)


def _user(username: str, members: Mapping[str, Any], problems: list[Problem]) -> WantedUser:
    table = f"user.{visible(username)}"
    for key, written in members.items():
        if key not in _USER_KEYS:
            problems.append(_unknown(table, key, tuple(_USER_KEYS), written))
        elif not isinstance(written, _USER_KEYS[key]):
            problems.append(Problem(table, key, f"write {_KINDS[_USER_KEYS[key]]}"))
    return WantedUser(username, dict(members))


def _unknown(table: str, key: str, known: tuple[str, ...], written: Any) -> Problem:
    if isinstance(written, dict):
        return Problem(
            table, visible(key), 'unknown key; put a name that has a dot into quotes: [client."my.app"]'
        )
    if key.startswith("password"):
        return Problem(
            table,
            visible(key),
            "this file holds no passwords; set one with: pairgrant-server user password NAME",
        )
    near = difflib.get_close_matches(key, known, n=1)
    meant = f"; did you mean {near[0]}?" if near else f"; the keys are {', '.join(known)}"
    return Problem(table, visible(key), f"unknown key{meant}")


class _Files:
    """Reads the files that the configuration names, relative to its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str) -> str:
        try:
            return (self._folder / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidFieldError(f"{name} can't be read ({error})") from None
