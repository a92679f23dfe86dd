"""What a person changes about their connected devices: removal with an undo, and their own names."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.connected_device import DeviceEvent
from pairgrant_server.authorization_server.model.records import ConnectedDevice


class DeviceRemovalStore(Protocol):
    async def ask_removal(
        self, user_id: str, device_id: str | None, remove_at: float, now: float, event_id: str
    ) -> bool:
        """End this device of the user at ``remove_at``, or all of them if None, unless that is undone.

        Sets or advances the instant, never delays it, and adds an event to the history. False if there is
        nothing to remove, or it is being removed already.
        """

    async def undo_removal(self, user_id: str, device_id: str | None, now: float, event_id: str) -> bool:
        """Keep this device of the user, or all that are being removed; False if it is too late."""

    async def has_removed(self, user_id: str, since: float, now: float) -> bool:
        """Whether a removal of one of the user's devices has taken effect after ``since``, by ``now``."""

    async def due_removals(self, now: float) -> Sequence[ConnectedDevice]:
        """The oldest 100 whose removal is due and which are not revoked."""

    async def finish_removal(self, device: ConnectedDevice) -> bool:
        """Revoke a device at its ``remove_at``, and remove the user's remembered consent for its client.

        False if it was revoked before, or its removal is not the same any more.
        """

    async def rename_device(self, event: DeviceEvent, user_id: str, now: float) -> bool:
        """Store ``event.after`` as the user's name for the device ("": none), and the event.

        False if the device has ended, is another user's, or is not called ``event.before`` any more.
        """
