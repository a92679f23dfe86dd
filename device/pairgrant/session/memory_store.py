"""Tokens that rest in memory only, for a program that signs in at each start."""

from pairgrant.session.stored_tokens import StoredTokens


class MemoryStore:
    """A ``TokenStore`` whose tokens end with the process."""

    location = "memory"

    def __init__(self, tokens: StoredTokens | None = None) -> None:
        self._tokens = tokens
        self._is_locked = False

    def load(self) -> StoredTokens | None:
        return self._tokens

    def load_to_revoke(self) -> StoredTokens | None:
        return self._tokens

    def is_in_keyring(self) -> bool:
        return False

    def try_lock(self) -> "MemoryWriter | None":
        if self._is_locked:
            return None
        self._is_locked = True
        return MemoryWriter(self)

    def _put(self, tokens: StoredTokens | None) -> None:
        self._tokens = tokens

    def _unlock(self) -> None:
        self._is_locked = False


class MemoryWriter:
    """Holds the lock of one ``MemoryStore``."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def load(self) -> StoredTokens | None:
        return self._store.load()

    def reserve(self) -> None:
        """Memory needs no room to be reserved."""

    def save(self, tokens: StoredTokens) -> None:
        self._store._put(tokens)  # noqa: SLF001 - one module

    def delete(self) -> None:
        self._store._put(None)  # noqa: SLF001 - one module

    def release(self) -> None:
        self._store._unlock()  # noqa: SLF001 - one module
