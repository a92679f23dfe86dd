"""Named sign-ins, for several accounts and servers: what the login of each profile was given."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from pairgrant.clock import Clock
from pairgrant.errors import DeviceSettingsError, TokenStoreError
from pairgrant.session.private_file import PrivateFile, locked
from pairgrant_protocol.json_object import MalformedMessageError, parse_object
from pairgrant_protocol.visible_text import visible

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_VERSION = 1


def checked_profile_name(name: str) -> str:
    """The name unchanged.

    Raises:
        DeviceSettingsError: it is none.
    """
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise DeviceSettingsError(
            f"--profile can't be used: {visible(name, limit=80)!r} is not a name of letters, digits, "
            "'-', '_' and '.' (at most 32)."
        )
    return name


@dataclass(frozen=True, slots=True)
class Profiles:
    """All profiles: the options of each by their names."""

    options: dict[str, dict[str, str]] = field(default_factory=dict)

    def serialize(self) -> bytes:
        return json.dumps({"version": _VERSION, "profiles": self.options}, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, body: bytes) -> "Profiles":
        """The profiles in the content of a file.

        Raises:
            MalformedMessageError: another program wrote the file, or it is truncated.
        """
        members = parse_object(body)
        listed = members.get("profiles")
        if members.get("version") != _VERSION or not isinstance(listed, dict):
            raise MalformedMessageError("written by another version")
        for name, options in listed.items():
            texts = isinstance(options, dict) and all(isinstance(value, str) for value in options.values())
            if not _NAME.fullmatch(name) or not texts:
                raise MalformedMessageError(f"{name} is not a profile")
        return cls(listed)


class ProfileFile:
    """The file of the profiles; every method raises ``TokenStoreError`` if it can't be used."""

    def __init__(self, path: Path) -> None:
        self._file = PrivateFile(path)

    def load(self) -> Profiles:
        """The stored profiles; none if there is no file."""
        body = self._file.read()
        if body is None:
            return Profiles()
        try:
            return Profiles.parse(body)
        except MalformedMessageError as malformed:
            raise TokenStoreError(
                f"{self._file.location} has no profiles of this program ({malformed}). Move it away."
            ) from None

    async def put(self, name: str, options: dict[str, str], clock: Clock) -> None:
        """Store the options of one profile."""
        async with locked(self._file, clock) as lock:
            lock.replace(Profiles({**self.load().options, name: options}).serialize())

    async def remove(self, name: str, clock: Clock) -> bool:
        """Forget one profile; returns whether there was one."""
        async with locked(self._file, clock) as lock:
            remaining = dict(self.load().options)
            found = remaining.pop(name, None) is not None
            if found:
                lock.replace(Profiles(remaining).serialize())
        return found


def profile_file() -> ProfileFile:
    """The file in the platform's folder for settings.

    Raises:
        DeviceSettingsError: the account has no folder for that.
    """
    from platformdirs import user_config_path  # noqa: PLC0415 - only with a profile

    folder = user_config_path("pairgrant", appauthor=False)
    if not folder.is_absolute():
        raise DeviceSettingsError(
            "There is no folder for profiles, because this account has no home folder. "
            "Set HOME or XDG_CONFIG_HOME."
        )
    return ProfileFile(folder / "profiles.json")
