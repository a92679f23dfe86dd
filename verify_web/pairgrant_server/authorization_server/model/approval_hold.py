"""What an approval of a device on weak evidence comes with."""

from typing import NamedTuple


class ApprovalHold(NamedTuple):
    """What an approval on weak evidence comes with: the fields of ``DeviceGrant`` with these names."""

    held_until: float | None = None
    confirm_within: int | None = None
    connection_lifetime: int | None = None


NO_HOLD = ApprovalHold()
