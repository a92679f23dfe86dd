"""The kind of a connected device follows from its grant and from what it can do."""

import pytest

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.device_kind import DeviceKind, kind_of


@pytest.mark.parametrize(
    ("grant_type", "capabilities", "kind"),
    [
        (GrantType.DEVICE_CODE, "", DeviceKind.DEVICE),
        (GrantType.DEVICE_CODE, "number", DeviceKind.SCREEN),
        (GrantType.DEVICE_CODE, "fresh_scan", DeviceKind.SCREEN),
        (GrantType.DEVICE_CODE, "number browser", DeviceKind.COMPUTER),
        (GrantType.AUTHORIZATION_CODE, "", DeviceKind.APPLICATION),
        (GrantType.JWT_BEARER, "", DeviceKind.SERVICE),
    ],
)
def test_kind_follows_from_the_grant_and_the_capabilities(
    grant_type: GrantType, capabilities: str, kind: DeviceKind
) -> None:
    assert kind_of(grant_type, tuple(capabilities.split())) is kind
