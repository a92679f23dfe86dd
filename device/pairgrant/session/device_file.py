"""The file of a device's record, in the folder of its tokens: one for each server and client.

Each server and client has a key of its own, so two servers can't recognise a device by it together.
"""

from dataclasses import replace
from pathlib import Path

from pairgrant.clock import Clock
from pairgrant.errors import TokenStoreError
from pairgrant.oauth.dpop_key import new_key, thumbprint
from pairgrant.session.device_record import DeviceRecord, LoginWay
from pairgrant.session.private_file import PrivateFile, locked
from pairgrant.session.token_store import file_stem, token_store
from pairgrant.settings import DeviceSettings
from pairgrant_protocol.json_object import MalformedMessageError
from pairgrant_protocol.secret import Secret

_FORGET = "Delete it with: pairgrant logout --forget-device"


def device_file(settings: DeviceSettings, clock: Clock) -> "DeviceFile":
    """The file for the server and client of ``settings``, beside the tokens."""
    folder = Path(token_store(settings).location).parent
    path = folder / f"{file_stem(settings.issuer, settings.client_id)}.device.json"
    return DeviceFile(PrivateFile(path), clock, issuer=settings.issuer, client_id=settings.client_id)


class DeviceFile:
    """The record of one (issuer, client_id); every method raises ``TokenStoreError`` if the file can't be
    used.
    """

    def __init__(self, file: PrivateFile, clock: Clock, *, issuer: str, client_id: str) -> None:
        self._file = file
        self._clock = clock
        self._empty = DeviceRecord(issuer, client_id)

    @property
    def location(self) -> str:
        return self._file.location

    def load(self) -> DeviceRecord:
        """The stored record; an empty one if there is none."""
        body = self._file.read()
        if body is None:
            return self._empty
        try:
            record = DeviceRecord.parse(body)
            if record.dpop_key is not None:
                thumbprint(record.dpop_key)
        except (MalformedMessageError, TokenStoreError):
            raise TokenStoreError(
                f"{self.location} has no key that this program can use. {_FORGET}"
            ) from None
        if (record.issuer, record.client_id) != (self._empty.issuer, self._empty.client_id):
            raise TokenStoreError(
                f"{self.location} belongs to {record.client_id!r} at {record.issuer!r}. {_FORGET}"
            )
        return record

    async def key(self) -> Secret:
        """The device's key; the first call generates and stores it."""
        if (stored := self.load().dpop_key) is not None:
            return stored
        async with locked(self._file, self._clock) as lock:
            record = self.load()
            if record.dpop_key is not None:  # another process was faster
                return record.dpop_key
            key = new_key()
            lock.replace(replace(record, dpop_key=key).serialize())
            return key

    async def remember(self, way: LoginWay) -> None:
        """Store how a person chose to sign in."""
        async with locked(self._file, self._clock) as lock:
            lock.replace(replace(self.load(), login_way=way).serialize())

    async def forget(self) -> bool:
        """Delete the record, also an invalid one; returns whether there was one."""
        if not self._file.exists():
            return False
        async with locked(self._file, self._clock) as lock:
            lock.delete()
        return True
