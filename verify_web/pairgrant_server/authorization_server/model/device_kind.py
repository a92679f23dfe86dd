"""What kind of thing a connected device is, as a list shows and groups it; pure."""

from collections.abc import Collection
from enum import StrEnum

from pairgrant_protocol.vocabulary import DeviceCapability, GrantType


class DeviceKind(StrEnum):
    """What a connected device is, as far as its grant and its capabilities tell."""

    SCREEN = "screen"
    """It shows something of its own at sign-in: a TV, a kiosk, a terminal."""
    COMPUTER = "computer"
    """It has a browser of its own."""
    DEVICE = "device"
    """It was connected with a code, and no more is known."""
    APPLICATION = "application"
    """It was signed in within a browser (RFC 6749 §4.1)."""
    SERVICE = "service"
    """Another service signed it in (RFC 7523)."""


_SHOWING = frozenset({DeviceCapability.NUMBER, DeviceCapability.FRESH_SCAN})
"""What only a thing that shows something of its own can do."""


def kind_of(grant_type: GrantType, capabilities: Collection[str] = ()) -> DeviceKind:
    """The kind of a device that is connected by ``grant_type``, and said that it can do ``capabilities``."""
    if grant_type is GrantType.JWT_BEARER:
        return DeviceKind.SERVICE
    if grant_type is not GrantType.DEVICE_CODE:
        return DeviceKind.APPLICATION
    if DeviceCapability.BROWSER in capabilities:
        return DeviceKind.COMPUTER
    return DeviceKind.DEVICE if _SHOWING.isdisjoint(capabilities) else DeviceKind.SCREEN
