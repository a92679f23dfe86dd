"""A person's connected devices, after step (F): a live list in pages, with search, groups and removal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from starlette.responses import Response

from pairgrant_server.authorization_server.model.connected_device import (
    DeviceGroup,
    DeviceOrder,
    DevicePage,
)
from pairgrant_server.authorization_server.tokens.device_lists import PAGE_SIZE, ListRequest
from pairgrant_server.pages.account.device_cards import DeviceCard, card_of
from pairgrant_server.pages.account.device_texts import GROUPS, KINDS, ORDERS
from pairgrant_server.pages.account.list_request import LONGEST_WORDS, list_path, list_request, query_of
from pairgrant_server.pages.site.live_page import LiveUpdate, live_page
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest

SIGN_IN = "/signin?next=/devices"

_EVERY = 2.0
"""Seconds between two updates."""

_NEW_SECONDS = 120.0
"""How long a device is announced as new."""


@dataclass(frozen=True, slots=True)
class CardGroup:
    """Devices below one heading; None if there are no groups."""

    cards: Sequence[DeviceCard]
    heading: str | None = None


@page("/devices")
async def connected_devices(request: PageRequest) -> Response | None:
    user_id = request.session.user_id
    if user_id is None:
        return request.redirect(SIGN_IN)
    asked = list_request(request.http.query_params)
    found = await request.site.device_lists.page(user_id, asked)
    if asked.page > 1 and not found.devices:
        return request.redirect(list_path(query_of(replace(asked, page=1))))
    nothing: dict[str, Any] = {"ended": True}

    async def update() -> LiveUpdate:
        session = await request.site.sessions.load(request.cookie)
        if session.user_id != user_id:
            return LiveUpdate({**context, **nothing}, is_last=True)
        fresh = await request.site.device_lists.page(user_id, asked)
        return LiveUpdate({**context, **await _shown(request, user_id, asked, fresh)})

    context = {
        "ended": False,
        "asked": asked,
        "flash": request.take_flash(),
        "longest_words": LONGEST_WORDS,
        "orders": ORDERS,
        "groupings": GROUPS,
        **await _shown(request, user_id, asked, found),
    }
    return live_page(request, "devices.html", "parts/devices.html", context, every=_EVERY, update=update)


async def _shown(request: PageRequest, user_id: str, asked: ListRequest, found: DevicePage) -> dict[str, Any]:
    cards = [await card_of(request, listed) for listed in found.devices]
    first = (asked.page - 1) * PAGE_SIZE + 1
    return {
        "groups": _grouped(cards, asked.group),
        "list_query": query_of(asked),
        "found": found,
        "first": first,
        "last": first + len(cards) - 1,
        "previous": list_path(query_of(replace(asked, page=asked.page - 1))) if asked.page > 1 else None,
        "next": list_path(query_of(replace(asked, page=asked.page + 1)))
        if first + len(cards) <= found.total
        else None,
        "new": await _new(request, user_id, found, cards),
        "removed_in": max((card.removed_in for card in cards if card.removed_in is not None), default=None),
    }


def _grouped(cards: Sequence[DeviceCard], group: DeviceGroup) -> list[CardGroup]:
    """``cards``, which are in the order of their groups."""
    match group:
        case DeviceGroup.CLIENT:
            by_name = groupby(cards, key=lambda card: card.name.application)
            return [CardGroup(list(of_one), name) for name, of_one in by_name]
        case DeviceGroup.KIND:
            by_kind = groupby(cards, key=lambda card: card.kind)
            return [CardGroup(list(of_one), KINDS[kind]) for kind, of_one in by_kind]
        case DeviceGroup.NONE:
            return [CardGroup(cards)]


async def _new(
    request: PageRequest, user_id: str, found: DevicePage, cards: Sequence[DeviceCard]
) -> DeviceCard | None:
    """The newest device, if it was connected just now; it may be on another page of the list."""
    if found.newest_at is None or request.site.clock() - found.newest_at >= _NEW_SECONDS:
        return None
    if (shown := next((card for card in cards if card.connected_at == found.newest_at), None)) is not None:
        return shown
    newest = await request.site.device_lists.page(user_id, ListRequest(order=DeviceOrder.SINCE))
    return await card_of(request, newest.devices[0]) if newest.devices else None
