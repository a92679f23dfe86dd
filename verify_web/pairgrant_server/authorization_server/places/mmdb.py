"""Places from MaxMind DB files of the operator's (``PAIRGRANT_GEOIP``).

Files are read where they lie, so that workers share the system's cache, and a file that is overwritten in
place can't kill the process as it would in a memory map.
"""

import struct
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import maxminddb
import structlog

from pairgrant_server.authorization_server.model.addresses import parsed_address
from pairgrant_server.authorization_server.places.geographic_record import Record, is_hosting, place_of
from pairgrant_server.authorization_server.places.places import Place, PlacesError

LOOKS_EVERY = 10.0
"""Seconds between two looks whether a file was replaced."""

_UNREADABLE = (OSError, RuntimeError, ValueError, TypeError, LookupError, struct.error)
"""What a broken file raises; ``maxminddb.InvalidDatabaseError`` is a RuntimeError."""

log = structlog.get_logger()


class _Version(NamedTuple):
    """What changes when a file is replaced or overwritten."""

    inode: int
    size: int
    changed_at: int


class _File:
    """One database, opened again when its file changes."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            OSError, RuntimeError, ValueError, TypeError, LookupError, struct.error: it is not usable.
        """
        self._path = path
        self._version = _version(path)
        self._reader = _opened(path)
        self._is_broken = False

    def reread(self) -> None:
        """Open a changed file; while that fails, the open one goes on."""
        try:
            version = _version(self._path)
            if version == self._version:
                return
            self._version = version
            reader = _opened(self._path)
        except _UNREADABLE as error:
            self._warn(error)
            return
        self._reader.close()
        self._reader, self._is_broken = reader, False
        log.info("file of places reread", path=str(self._path))

    def record(self, address: str) -> Record | None:
        """None: there is none for the address, or it can't be read."""
        if ":" in address and self._reader.metadata().ip_version == 4:
            return None
        try:
            found = self._reader.get(address)
        except _UNREADABLE as error:
            self._warn(error)
            return None
        return found if isinstance(found, dict) else None

    def close(self) -> None:
        self._reader.close()

    def _warn(self, error: Exception) -> None:
        """Once, until the file is opened again."""
        if not self._is_broken:
            log.warning("file of places can't be read", path=str(self._path), error=repr(error))
        self._is_broken = True


class MmdbPlaces:
    """Make one with ``open``. The files are asked in their order."""

    def __init__(self, files: Sequence[_File], clock: Callable[[], float]) -> None:
        self._files = files
        self._clock = clock
        self._looked_at = clock()

    @classmethod
    def open(cls, paths: Sequence[Path], clock: Callable[[], float] = time.monotonic) -> Self:
        """Open all of ``paths``; ``clock`` is in seconds, and never goes back.

        Raises:
            PlacesError: some are not usable.
        """
        files, problems = [], []
        for path in paths:
            try:
                files.append(_File(path))
            except FileNotFoundError:
                problems.append(f"there is no file {path}; correct the path, or leave it out")
            except OSError as error:
                problems.append(f"{path} can't be read ({error.strerror}); make it readable for the server")
            except _UNREADABLE:
                problems.append(f"{path} is no database of the format MaxMind DB (.mmdb); download it again")
        if problems:
            for file in files:
                file.close()
            raise PlacesError("PAIRGRANT_GEOIP: " + "; ".join(problems))
        return cls(files, clock)

    def place(self, address: str) -> Place | None:
        return place_of(self._records(address))

    def is_hosting(self, address: str) -> bool:
        return is_hosting(self._records(address))

    def close(self) -> None:
        for file in self._files:
            file.close()

    def _records(self, network: str) -> list[Record]:
        """Those of an address, or of the first one of a network; private addresses have none."""
        address = parsed_address(network.partition("/")[0])
        if address is None or not address.is_global:
            return []
        if self._clock() - self._looked_at >= LOOKS_EVERY:
            self._looked_at = self._clock()
            for file in self._files:
                file.reread()
        return [found for file in self._files if (found := file.record(str(address))) is not None]


def _version(path: Path) -> _Version:
    found = path.stat()
    return _Version(found.st_ino, found.st_size, found.st_mtime_ns)


def _opened(path: Path) -> maxminddb.Reader:
    """The open file, of which one record was read."""
    if not path.is_file():
        raise OSError(0, "no regular file")
    reader = maxminddb.open_database(path, maxminddb.MODE_FILE)
    try:
        reader.get("1.1.1.1")
    except BaseException:
        reader.close()
        raise
    return reader
