"""What has happened to a connected device, and the name that its person gives it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.translatable import Translatable
from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.limits.network import is_known, is_same_network
from pairgrant_server.authorization_server.model.connected_device import DeviceEvent, DeviceEventKind
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.authorization_server.secrets.identifiers import RandomBytes, new_id
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.interface.device_lists import DeviceListStore
from pairgrant_server.authorization_server.store.interface.device_removals import DeviceRemovalStore
from pairgrant_server.authorization_server.tokens.ends import end_of
from pairgrant_server.errors import PairgrantServerError

LONGEST_NAME = 60
"""Characters of a person's own name for a device."""

log = structlog.get_logger()


class DeviceNameError(PairgrantServerError):
    """The name can't be used; the text says why."""


class Happening(StrEnum):
    """What an entry of a history is about."""

    CONNECTED = "connected"
    NETWORK_CHANGED = "network_changed"
    RENAMED = "renamed"
    REMOVAL_ASKED = "removal_asked"
    REMOVAL_UNDONE = "removal_undone"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """``before`` and ``after`` are addresses or names; ``ended_by`` is known of some ends."""

    at: float
    happening: Happening
    before: str = ""
    after: str = ""
    ended_by: EndedBy | None = None


class DeviceHistory:
    def __init__(
        self, lists: DeviceListStore, names: DeviceRemovalStore, clock: Clock, random_bytes: RandomBytes
    ) -> None:
        self._lists = lists
        self._names = names
        self._clock = clock
        self._random_bytes = random_bytes

    async def of(self, device: ConnectedDevice) -> list[HistoryEntry]:
        """The newest entries first, the connection itself last."""
        return history_of(device, await self._lists.device_events(device.device_id), self._clock())

    async def note_network(self, device_id: str, before: str, after: str) -> None:
        """Note that a device was seen at the address ``after``, if that is another network than ``before``.

        Its refresh has happened; that it can't be noted must not cost it the tokens.
        """
        if not (is_known(before) and is_known(after)) or is_same_network(before, after):
            return
        event = self._event(device_id, DeviceEventKind.NETWORK_CHANGED, before, after)
        try:
            await self._lists.add_device_event(event)
        except StoreUnavailableError:
            log.warning("a change of network was not noted", device_id=device_id)

    async def rename(self, user_id: str, device_id: str, name: str, *, before: str) -> bool:
        """Call the device ``name`` in the lists of its person; "" takes the name away.

        False if the device is gone, is not called ``before`` any more, or is called that already.

        Raises:
            DeviceNameError
        """
        after = checked_name(name)
        if after == before:
            return False
        event = self._event(device_id, DeviceEventKind.RENAMED, before, after)
        return await self._names.rename_device(event, user_id, event.at)

    def _event(self, device_id: str, kind: DeviceEventKind, before: str, after: str) -> DeviceEvent:
        now = self._clock()
        event_id = new_id(now, self._random_bytes).hex()
        return DeviceEvent(device_id, event_id, now, kind, before=before, after=after)


def checked_name(typed: str) -> str:
    """``typed`` as it is stored: one line, without invisible characters.

    Raises:
        DeviceNameError: it is too long, or nothing of it can be seen.
    """
    spaced = " ".join(typed.split())
    name = "".join(character for character in spaced if visible(character) == character)
    if spaced and not name:
        raise DeviceNameError(Translatable("Use at least one letter or sign that can be seen."))
    if len(name) > LONGEST_NAME:
        raise DeviceNameError(Translatable("A name has at most {longest} characters.", longest=LONGEST_NAME))
    return name


def history_of(device: ConnectedDevice, events: Sequence[DeviceEvent], now: float) -> list[HistoryEntry]:
    """The entries of ``events`` (newest first), after the end of ``device`` and before its beginning."""
    entries = [HistoryEntry(one.at, Happening(one.kind.value), one.before, one.after) for one in events]
    moves = [one.before for one in entries if one.happening is Happening.NETWORK_CHANGED]
    connected = HistoryEntry(
        device.created_at, Happening.CONNECTED, after=moves[-1] if moves else device.address
    )
    end = end_of(device, now)
    if end is None and device.revoked_at is None:
        return [*entries, connected]
    at, by = (device.revoked_at, None) if end is None else (end.at, end.by)
    assert at is not None  # noqa: S101 - of the two conditions above
    return [HistoryEntry(at, Happening.ENDED, ended_by=by), *entries, connected]
