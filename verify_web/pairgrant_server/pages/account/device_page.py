"""All that is known of one connected device, its name, its history, and its removal."""

from dataclasses import dataclass, replace

from starlette.responses import Response

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.model.connected_device import ListedDevice
from pairgrant_server.authorization_server.tokens.device_history import LONGEST_NAME, Happening, HistoryEntry
from pairgrant_server.pages.account.connected_devices import SIGN_IN
from pairgrant_server.pages.account.device_cards import address_text, card_of, place_of
from pairgrant_server.pages.account.device_texts import ENDED, ENDS
from pairgrant_server.pages.site.flash import Flash
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page
from pairgrant_server.translation import Translatable


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry of a history; ``before`` and ``after`` are names or addresses, made safe to show."""

    at: float
    """Unix time."""
    age: float
    """Seconds."""
    happening: Happening
    before: str
    after: str
    end: str
    """The text of an end."""


@page("/devices/remove-all")
async def confirm_removal_of_all(request: PageRequest) -> Response:
    """The question before all devices are removed. Registered ahead of the devices' own pages."""
    user_id = request.session.user_id
    if user_id is None:
        return request.redirect(SIGN_IN)
    connected = await request.site.devices.of_user(user_id)
    if not connected:
        return request.redirect("/devices")
    return render_page(request, "remove_all.html", count=len(connected))


@page("/devices/{device_id}")
async def device_page(request: PageRequest) -> Response:
    user_id = request.session.user_id
    if user_id is None:
        return request.redirect(SIGN_IN)
    device = await request.site.devices.device(request.http.path_params["device_id"])
    now = request.site.clock()
    if device is None or device.user_id != user_id:
        return request.redirect(
            "/devices", Flash(notice=Translatable("There is no such device, or it ended long ago."))
        )
    flash = request.take_flash()
    key = device.dpop_jkt
    enrolled = None if key is None else await request.site.device_keys.key(device.client_id, key)
    entries = await request.site.device_history.of(device)
    return render_page(
        request,
        "device.html",
        device=await card_of(request, ListedDevice(device, None if enrolled is None else enrolled.name)),
        has_ended=device.has_ended(now) or device.expires_at <= now,
        ends_in=None if device.ends_at is None else device.ends_at - now,
        history=[_shown(request, entry, now) for entry in entries],
        given_name=device.given_name or "",
        typed_name=flash.typed.get("name", device.given_name or ""),
        flash=flash,
        longest=LONGEST_NAME,
    )


def _shown(request: PageRequest, entry: HistoryEntry, now: float) -> ShownEntry:
    shown = ShownEntry(
        at=entry.at,
        age=now - entry.at,
        happening=entry.happening,
        before=visible(entry.before),
        after=visible(entry.after),
        end=ENDED if entry.ended_by is None else ENDS[entry.ended_by],
    )
    if entry.happening not in {Happening.CONNECTED, Happening.NETWORK_CHANGED}:
        return shown
    return replace(shown, before=_where(request, entry.before), after=_where(request, entry.after))


def _where(request: PageRequest, address: str) -> str:
    place = place_of(request, address)
    known = address_text(address)
    return f"{known} ({place})" if known and place else known
