"""What belongs to a connected device: its kind, its rotations, its history, and the lists that show it."""

from dataclasses import field
from enum import StrEnum
from typing import NamedTuple

from pairgrant_protocol.record import record
from pairgrant_server.authorization_server.model.records import ConnectedDevice


@record
class Rotation:
    """One rotation: the refresh token with ``expected_digest`` is used up, the next one replaces it."""

    device_id: str
    expected_digest: bytes = field(repr=False)
    refresh_sequence: int
    refresh_digest: bytes = field(repr=False)
    expires_at: float
    rotated_at: float
    replay: bytes = field(repr=False)
    address: str


class DeviceEventKind(StrEnum):
    """What has happened to a connected device, besides its beginning and its end."""

    NETWORK_CHANGED = "network_changed"
    """It refreshed its tokens from another network; ``before`` and ``after`` are addresses."""
    RENAMED = "renamed"
    """By its person; ``before`` and ``after`` are names, "" if there was none."""
    REMOVAL_ASKED = "removal_asked"
    REMOVAL_UNDONE = "removal_undone"


@record
class DeviceEvent:
    """``at`` is Unix time in seconds. ``event_id`` begins with it, so the newest is the greatest."""

    device_id: str
    event_id: str
    at: float
    kind: DeviceEventKind
    before: str = ""
    after: str = ""


class DeviceOrder(StrEnum):
    """How a list of devices is sorted."""

    SEEN = "seen"
    """Those seen last first."""
    SINCE = "since"
    """The newest first."""
    NAME = "name"


class DeviceGroup(StrEnum):
    """What devices are put together by in a list."""

    NONE = ""
    CLIENT = "client"
    KIND = "kind"


class DeviceQuery(NamedTuple):
    """Which of a person's devices are listed, and in what order.

    ``words`` is searched for in names. Devices of ``client_ids``, and those seen at ``addresses``, are found
    too, because their names are in no column.
    """

    words: str = ""
    client_ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    order: DeviceOrder = DeviceOrder.SEEN
    group: DeviceGroup = DeviceGroup.NONE
    limit: int = 25
    offset: int = 0


class ListedDevice(NamedTuple):
    """A device of a list, with its name where its key is enrolled."""

    device: ConnectedDevice
    enrolled_name: str | None


class DevicePage(NamedTuple):
    """One page of a list, and what is known of all devices of the person."""

    devices: tuple[ListedDevice, ...]
    total: int
    """Devices on all pages of the list."""
    connected: int
    """Devices of the person, whatever was searched for."""
    removing: int
    """Those of them that are being removed."""
    newest_at: float | None
    """When the newest of them was connected."""
