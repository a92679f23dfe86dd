"""Stores the tokens between runs: one file, readable only by its owner, changed only under a lock.

A refresh holds the lock too: two processes that use the same refresh token would end each other's sign-in.
"""

import hashlib
import re
from pathlib import Path
from typing import Protocol

from pairgrant.errors import DeviceSettingsError, TokenStoreError
from pairgrant.session.keyring_vault import KeyringVault, holds
from pairgrant.session.private_file import PrivateFile, PrivateFileLock
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.settings import DeviceSettings, Place
from pairgrant_protocol.json_object import MalformedMessageError


class TokenWriter(Protocol):
    """The right to change the stored tokens, until released."""

    def load(self) -> StoredTokens | None: ...

    def reserve(self) -> None:
        """Make sure that ``save`` will have the room it needs, before tokens are requested."""

    def save(self, tokens: StoredTokens) -> None: ...

    def delete(self) -> None: ...

    def release(self) -> None: ...


class TokenStore(Protocol):
    """The stored tokens of one sign-in; every method raises ``TokenStoreError`` if it can't be used."""

    @property
    def location(self) -> str:
        """Where the tokens are stored, for a message."""

    def load(self) -> StoredTokens | None: ...

    def load_to_revoke(self) -> StoredTokens | None:
        """As ``load``, also from a place that is not safe enough to use tokens from."""

    def is_in_keyring(self) -> bool:
        """Whether the operating system's keyring has the tokens."""

    def try_lock(self) -> TokenWriter | None:
        """The writer, or None while this or another process holds the lock."""


def token_store(settings: DeviceSettings) -> "FileTokenStore":
    """The store for the tokens of ``settings``."""
    path = settings.token_file or default_token_file(
        settings.issuer, settings.client_id, profile=settings.profile
    )
    return FileTokenStore(path, issuer=settings.issuer, client_id=settings.client_id, place=settings.place)


def default_token_file(issuer: str, client_id: str, *, profile: str | None = None) -> Path:
    """The file for one (issuer, client_id), or one profile of it, in the platform's folder for application
    state.

    Raises:
        DeviceSettingsError: the account has no folder for that.
    """
    from platformdirs import user_state_path  # noqa: PLC0415 - not needed with --token-file

    folder = user_state_path("pairgrant", appauthor=False)
    if not folder.is_absolute():  # "~" stays as it is for an account without a home folder
        raise DeviceSettingsError(
            "There is no folder for the tokens, because this account has no home folder. "
            "Set HOME or XDG_STATE_HOME, or choose --token-file."
        )
    suffix = ".json" if profile is None else f".profile-{profile}.json"
    return folder / (file_stem(issuer, client_id) + suffix)


def file_stem(issuer: str, client_id: str) -> str:
    """The beginning of the name of each file for one (issuer, client_id), without a folder or suffix."""
    place = re.sub(r"[^A-Za-z0-9.]+", "-", f"{issuer.partition('://')[2]}-{client_id}").strip("-.")[:60]
    distinct = hashlib.sha256(f"{issuer}\n{client_id}".encode()).hexdigest()[:12]
    return f"{place}-{distinct}"


class FileTokenStore:
    """The tokens of one (issuer, client_id) in the file ``path``, or in the keyring that it points to."""

    def __init__(self, path: Path, *, issuer: str, client_id: str, place: Place = Place.FILE) -> None:
        self._file = PrivateFile(path)
        self._vault = KeyringVault(str(path.absolute()), place)
        self._issuer = issuer
        self._client_id = client_id

    @property
    def location(self) -> str:
        return self._file.location

    def load(self) -> StoredTokens | None:
        """The stored tokens, or None if there are none."""
        return self._parsed(self._file.read())

    def load_to_revoke(self) -> StoredTokens | None:
        """The stored tokens even if others could read or replace them: a reason more to revoke them."""
        return self._parsed(self._file.read(is_trusted=False))

    def try_lock(self) -> "FileTokenWriter | None":
        lock = self._file.try_lock()
        return None if lock is None else FileTokenWriter(self, self._file, lock, self._vault)

    def is_in_keyring(self) -> bool:
        """Whether the keyring has the tokens, and the file only says so."""
        body = self._file.read(is_trusted=False)
        return body is not None and holds(body)

    def _parsed(self, body: bytes | None) -> StoredTokens | None:
        if body is None:
            return None
        try:
            tokens = StoredTokens.parse(self._vault.opened(body))
        except MalformedMessageError as malformed:
            raise TokenStoreError(
                f"{self.location} has no tokens of this program ({malformed}). "
                "Move it away, then sign in again."
            ) from None
        if (tokens.issuer, tokens.client_id) != (self._issuer, self._client_id):
            raise TokenStoreError(
                f"{self.location} has the sign-in of {tokens.client_id!r} at {tokens.issuer!r}. "
                "Choose another --token-file, or sign that one out first."
            )
        return tokens


class FileTokenWriter:
    """Holds the lock on the file of one ``FileTokenStore``."""

    def __init__(
        self, store: FileTokenStore, file: PrivateFile, lock: PrivateFileLock, vault: KeyringVault
    ) -> None:
        self._store = store
        self._file = file
        self._lock = lock
        self._vault = vault

    def load(self) -> StoredTokens | None:
        return self._store.load()

    def reserve(self) -> None:
        """Allocate the file that ``save`` will write, and try the keyring if it will keep the tokens."""
        self._lock.reserve()
        self._vault.reserve(self._before())

    def save(self, tokens: StoredTokens) -> None:
        """Replace the tokens; returns after they were synced to the disk."""
        self._lock.replace(self._vault.closed(tokens.serialize(), before=self._before()))

    def delete(self) -> None:
        self._vault.emptied(self._before())
        self._lock.delete()

    def release(self) -> None:
        self._lock.release()

    def _before(self) -> bytes | None:
        """The content of the file that a change replaces; None also for a link, which is replaced too."""
        try:
            return self._file.read(is_trusted=False)
        except TokenStoreError:
            return None
