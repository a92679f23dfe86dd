"""Connected devices as the page shows them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.limits.network import is_known
from pairgrant_server.pages.site import formatting
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.shown_name import ShownName
from pairgrant_server.translation import Translatable, gettext

_HOW = {
    GrantType.AUTHORIZATION_CODE: Translatable("with a browser"),
    GrantType.JWT_BEARER: Translatable("by another service"),
}


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """``unseen_for`` in seconds."""

    device_id: str
    name: ShownName
    connected_on: str
    connected_on_iso: str
    unseen_for: float
    address: str
    place: str
    """Where that is, as far as it is known."""
    scope: tuple[str, ...]
    is_device: bool
    how: str | None
    """How it was connected, if not with a code."""


async def cards_of(request: PageRequest, user_id: str) -> list[DeviceCard]:
    """The connected devices, the newest first."""
    now = request.site.clock()
    cards = []
    for device in await request.site.devices.of_user(user_id):
        client = await request.site.clients.client(device.client_id)
        cards.append(
            DeviceCard(
                device_id=device.device_id,
                name=ShownName.of(client, device.client_id, device.name),
                connected_on=formatting.date(device.created_at),
                connected_on_iso=datetime.fromtimestamp(device.created_at, UTC).date().isoformat(),
                unseen_for=now - device.last_seen_at,
                address=visible(device.address)
                if is_known(device.address)
                else gettext("an unknown network"),
                place=formatting.place_text(request.site.places.place(device.address)),
                scope=device.scope,
                is_device=device.grant_type is GrantType.DEVICE_CODE,
                how=_HOW.get(device.grant_type),
            )
        )
    return cards
