"""The devices that act for a person, after step (F): seen live, and removed with one tap."""

from collections.abc import Mapping

from starlette.responses import Response

from pairgrant_server.pages.account.device_cards import cards_of
from pairgrant_server.pages.site.live import Renewed, live
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.visit import Visit

_EVERY = 2.0
"""Seconds between two looks."""


@page("/devices")
async def connected_devices(visit: Visit) -> Response | None:
    user_id = visit.session.user_id
    if user_id is None:
        return visit.redirect("/signin?next=/devices")

    async def renew() -> Renewed:
        session = await visit.site.sessions.load(visit.cookie)
        if session.user_id != user_id:
            return Renewed({"ended": True, "devices": ()}, is_last=True)
        return Renewed({"ended": False, "devices": await cards_of(visit, user_id)})

    context = {"ended": False, "devices": await cards_of(visit, user_id)}
    return live(visit, "devices.html", "parts/devices.html", context, every=_EVERY, renew=renew)


async def revoke(visit: Visit, form: Mapping[str, str]) -> Response:
    """POST /devices/revoke: one of the person's own devices, and nobody else's.

    What a person removed is asked about the next time, whatever was allowed before.
    """
    user_id = visit.session.user_id
    if user_id is None:
        return visit.redirect("/signin?next=/devices")
    device = await visit.site.devices.device(form.get("device_id", ""))
    if device is not None and await visit.site.devices.revoke(device.device_id, user_id=user_id):
        await visit.site.authorizations.forget_consent(user_id, device.client_id)
    return visit.redirect("/devices")
