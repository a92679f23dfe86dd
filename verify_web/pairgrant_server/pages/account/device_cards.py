"""Connected devices as pages show them."""

from dataclasses import dataclass

from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.limits.network import is_known
from pairgrant_server.authorization_server.model.connected_device import ListedDevice
from pairgrant_server.authorization_server.model.device_kind import DeviceKind
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.pages.account.device_texts import KINDS
from pairgrant_server.pages.site import formatting
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.shown_name import ShownName

_FINGERPRINT = 8
"""Characters of a key's thumbprint that are shown; enough to tell the keys of one person apart."""


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """Times that end in ``_for`` or ``_in`` are in seconds, the others Unix time."""

    device_id: str
    name: ShownName
    enrolled_name: str | None
    """Under which the operator enrolled its key."""
    kind: DeviceKind
    kind_text: str
    connected_at: float
    unseen_for: float
    address: str
    """"" if it is not known."""
    place: str
    """Where that is, as far as it is known."""
    scope: tuple[str, ...]
    key: str | None
    """The beginning of the thumbprint of the key that its tokens are bound to."""
    is_device: bool
    removed_in: float | None
    """None: it is not being removed."""


async def card_of(request: PageRequest, listed: ListedDevice) -> DeviceCard:
    """``listed`` with all that pages show of it."""
    device, now, clients = listed.device, request.site.clock(), request.site.clients
    client = clients.known(device.client_id) or await clients.client(device.client_id)
    enrolled = listed.enrolled_name
    return DeviceCard(
        device_id=device.device_id,
        name=ShownName.of(client, device.client_id, device.name, device.given_name),
        enrolled_name=None if enrolled is None else visible(enrolled),
        kind=device.kind,
        kind_text=KINDS[device.kind],
        connected_at=device.created_at,
        unseen_for=now - device.last_seen_at,
        address=address_text(device.address),
        place=place_of(request, device.address),
        scope=device.scope,
        key=fingerprint(device),
        is_device=device.grant_type is GrantType.DEVICE_CODE,
        removed_in=None if device.remove_at is None else max(device.remove_at - now, 0.0),
    )


def fingerprint(device: ConnectedDevice) -> str | None:
    return None if device.dpop_jkt is None else visible(device.dpop_jkt[:_FINGERPRINT])


def address_text(address: str) -> str:
    return visible(address) if is_known(address) else ""


def place_of(request: PageRequest, address: str) -> str:
    return formatting.place_text(request.site.places.place(address))
