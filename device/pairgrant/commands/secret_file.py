"""Reads a file with a secret, which others must not be able to read."""

import os
import stat
from pathlib import Path

from pairgrant.errors import DeviceSettingsError
from pairgrant_protocol.visible_text import visible

_LARGEST = 65_536
"""Bytes of a file of settings or of a secret."""


class UnusableFileError(DeviceSettingsError):
    """The text completes ``NAME can't be used: …``."""


def read_small_file(path: Path) -> tuple[str, os.stat_result]:
    """The text of a regular file, and its facts at that moment.

    Raises:
        UnusableFileError: it can't be read, or has too many bytes, or they are no UTF-8.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise UnusableFileError("it is not a regular file")
            body = file.read(_LARGEST + 1)
    except OSError as error:
        raise UnusableFileError(f"{error.strerror}") from None
    if len(body) > _LARGEST:
        raise UnusableFileError(f"it has more than {_LARGEST} bytes")
    try:
        return body.decode("utf-8-sig"), facts
    except UnicodeDecodeError as error:
        raise UnusableFileError(f"its byte {error.start} is no UTF-8") from None


def is_private(path: Path, facts: os.stat_result) -> bool:
    """Whether only its owner can read the file; systemd shows the access list of a credential as a permission
    of the group.
    """
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    is_credential = bool(directory) and path.resolve().is_relative_to(Path(directory or "").resolve())
    return not facts.st_mode & (0o007 if is_credential else 0o077)


def read_secret(option: str, path: Path) -> str:
    """The first line of the file.

    Raises:
        DeviceSettingsError: it can't be read, is empty, or others can read it; the message names ``option``.
    """
    try:
        text, facts = read_small_file(path)
    except UnusableFileError as error:
        raise DeviceSettingsError(f"{option} can't be used: {error} ({visible(str(path))}).") from None
    if not is_private(path, facts):
        shown = visible(str(path))
        raise DeviceSettingsError(
            f"{option} can't be used: {shown} can be read by others "
            f"(mode {stat.S_IMODE(facts.st_mode):04o}). "
            f"Run `chmod 600 {shown}`, and choose another secret if you don't trust those who could read it."
        )
    secret = text.partition("\n")[0].strip()
    if not secret:
        raise DeviceSettingsError(f"{option} can't be used: the first line of {visible(str(path))} is empty.")
    return secret
