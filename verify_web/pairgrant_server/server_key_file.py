"""The server key file: readable by its owner only, created together with a new database."""

import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.errors import PairgrantServerError

_BYTES = 32
_SHORTEST = 32


class ServerKeyError(PairgrantServerError):
    """The server key file can't be used; the text says what to do."""


def load_server_key(path: Path, *, may_create: bool) -> ServerKey:
    """The key in ``path``.

    It is created if ``may_create``, which holds only while nothing in the database needs an older key.

    Raises:
        ServerKeyError: the file is missing, too short, or readable by others.
    """
    try:
        if may_create and not path.exists():
            _create(path)
        if _is_open_to_others(path):
            raise ServerKeyError(
                f"The server key {path} can be read by others. Close it with: chmod 600 {path}"
            )
        text = path.read_text().strip()
    except FileNotFoundError:
        raise ServerKeyError(
            f"The server key {path} is missing. Restore it from your backup, or set "
            "PAIRGRANT_SERVER_KEY_FILE to its path. Signing keys in the database can't be read without it."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ServerKeyError(f"The server key {path} can't be read ({error}).") from error
    if len(text) < _SHORTEST:
        raise ServerKeyError(f"The server key {path} is too short: it needs {_SHORTEST} characters or more.")
    return ServerKey(Secret(text))


def _is_open_to_others(path: Path) -> bool:
    """Whether other users may read or write the file.

    systemd grants a service access to its credentials by an ACL, which shows as a permission of the group.
    """
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    is_credential = credentials is not None and path.parent == Path(credentials)
    return bool(stat.S_IMODE(path.stat().st_mode) & (0o037 if is_credential else 0o077))


def _create(path: Path) -> None:
    """Write the whole file or none of it; if processes start together, the first to link its file wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
