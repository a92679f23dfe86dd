"""A person's connected devices, after step (F): a live list, with a button to remove each."""

from collections.abc import Mapping

from starlette.responses import Response

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.pages.account.device_cards import cards_of
from pairgrant_server.pages.site.live_page import LiveUpdate, live_page
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest

_EVERY = 2.0
"""Seconds between two updates."""


@page("/devices")
async def connected_devices(request: PageRequest) -> Response | None:
    user_id = request.session.user_id
    if user_id is None:
        return request.redirect("/signin?next=/devices")

    async def update() -> LiveUpdate:
        session = await request.site.sessions.load(request.cookie)
        if session.user_id != user_id:
            return LiveUpdate({"ended": True, "devices": ()}, is_last=True)
        return LiveUpdate({"ended": False, "devices": await cards_of(request, user_id)})

    context = {"ended": False, "devices": await cards_of(request, user_id)}
    return live_page(request, "devices.html", "parts/devices.html", context, every=_EVERY, update=update)


async def revoke(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /devices/revoke, for the person's own devices only.

    The remembered consent for the client is removed too, so the person is asked the next time.
    """
    user_id = request.session.user_id
    if user_id is None:
        return request.redirect("/signin?next=/devices")
    device = await request.site.devices.device(form.get("device_id", ""))
    if device is not None and await request.site.devices.revoke(
        device.device_id, EndedBy.USER, user_id=user_id, reason="person"
    ):
        await request.site.code_flow.forget_consent(user_id, device.client_id)
    return request.redirect("/devices")
