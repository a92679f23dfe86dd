"""Keeps the content of a token file in the operating system's keyring, and a pointer to it in the file.

The file decides where the tokens are: a command that finds tokens in it loads no keyring, and one that finds
a pointer never falls back to anything weaker.
"""

import contextlib
import json
from typing import Protocol

from pairgrant.errors import DeviceSettingsError, TokenStoreError
from pairgrant.settings import Place

_SERVICE = "pairgrant"
_POINTER = json.dumps({"version": 1, "in_keyring": True}).encode() + b"\n"


class Ring(Protocol):
    """A keyring: secrets by their accounts. Each method may raise any error of the system."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class KeyringVault:
    """The keyring's entry of one token file; ``account`` names it."""

    def __init__(self, account: str, place: Place = Place.AUTO) -> None:
        self._account = account
        self._place = place

    def opened(self, content: bytes) -> bytes:
        """The tokens that a file with ``content`` stands for.

        Raises:
            TokenStoreError: they are in a keyring that can't be read.
        """
        if not holds(content):
            return content
        try:
            found = _ring().get_password(_SERVICE, self._account)
        except Exception as error:  # noqa: BLE001 - each backend has errors of its own
            raise _unusable("be read", error) from None
        if found is None:
            raise TokenStoreError(
                "The keyring no longer has the tokens of this sign-in. Sign in again with: pairgrant login"
            )
        return found.encode()

    def closed(self, tokens: bytes, *, before: bytes | None) -> bytes:
        """Put ``tokens`` where they belong; returns the new content of the file, which had ``before``.

        Raises:
            TokenStoreError: the keyring can't be written.
        """
        if not self._keeps(before):
            if before is not None and holds(before):
                self.emptied(before)
            return tokens
        self._put(self._account, tokens.decode())
        return _POINTER

    def reserve(self, before: bytes | None) -> None:
        """Make sure that the keyring can be written, before tokens are requested.

        Raises:
            TokenStoreError: it can't.
        """
        if self._keeps(before):
            probe = f"{self._account}.probe"
            self._put(probe, "x")
            _forget(probe)

    def emptied(self, before: bytes | None) -> None:
        """Delete the tokens of a file with ``before`` from the keyring, if they are there."""
        if before is not None and holds(before):
            _forget(self._account)

    def _keeps(self, before: bytes | None) -> bool:
        """Whether tokens belong into the keyring: as the sign-in says, else where the last ones were."""
        match self._place:
            case Place.KEYRING:
                if not keyring_works():
                    raise DeviceSettingsError(
                        "--store can't be used: this account has no keyring that works. Install the extra "
                        "with: pip install 'pairgrant[keyring]', or choose --store file."
                    )
                return True
            case Place.FILE:
                return False
            case Place.AUTO:
                return keyring_works() if before is None else holds(before)

    def _put(self, account: str, text: str) -> None:
        try:
            _ring().set_password(_SERVICE, account, text)
        except Exception as error:  # noqa: BLE001 - each backend has errors of its own
            raise _unusable("be written", error) from None


def holds(content: bytes) -> bool:
    """Whether a file with ``content`` points to the keyring."""
    return content == _POINTER


def keyring_works() -> bool:
    """Whether there is a keyring that protects secrets; one in plain text is none."""
    try:
        return getattr(_ring(), "priority", 0) >= 1
    except Exception:  # noqa: BLE001 - no extra, or a backend that fails to load
        return False


def _ring() -> Ring:
    import keyring  # noqa: PLC0415 - slow to import, and an extra

    ring: Ring = keyring.get_keyring()
    return ring


def _forget(account: str) -> None:
    """Delete an entry; one that is gone already, or in a locked keyring, has tokens that are revoked."""
    with contextlib.suppress(Exception):  # each backend has errors of its own
        _ring().delete_password(_SERVICE, account)


def _unusable(purpose: str, error: Exception) -> TokenStoreError:
    return TokenStoreError(
        f"The keyring can't {purpose} ({type(error).__name__}). "
        "Unlock it, or sign in again with --store file."
    )
