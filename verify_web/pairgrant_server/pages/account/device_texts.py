"""What pages call the kinds of connected devices, the ways to list them, and what has happened to them."""

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.connected_device import DeviceGroup, DeviceOrder
from pairgrant_server.authorization_server.model.device_kind import DeviceKind
from pairgrant_server.translation import Translatable

KINDS = {
    DeviceKind.SCREEN: Translatable("Screen or terminal"),
    DeviceKind.COMPUTER: Translatable("Computer"),
    DeviceKind.DEVICE: Translatable("Device with a code"),
    DeviceKind.APPLICATION: Translatable("App in a browser"),
    DeviceKind.SERVICE: Translatable("Service"),
}

ORDERS = {
    DeviceOrder.SEEN: Translatable("Last seen"),
    DeviceOrder.SINCE: Translatable("Newest"),
    DeviceOrder.NAME: Translatable("Name"),
}

GROUPS = {
    DeviceGroup.NONE: Translatable("No groups"),
    DeviceGroup.CLIENT: Translatable("Application"),
    DeviceGroup.KIND: Translatable("Kind"),
}

ENDS = {
    EndedBy.USER: Translatable("Removed by you"),
    EndedBy.OPERATOR: Translatable("Disconnected by the operator of this site"),
    EndedBy.REPORT: Translatable("Ended because you didn't start it"),
    EndedBy.UNCONFIRMED: Translatable("Ended because it was not confirmed in time"),
    EndedBy.REUSE: Translatable("Ended because one of its tokens was used twice"),
    EndedBy.CLIENT: Translatable("Signed out on the device"),
    EndedBy.EXPIRED: Translatable("Expired"),
}
ENDED = Translatable("Ended")
"""Nothing is known of the reason."""
