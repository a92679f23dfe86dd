"""The outcome of a pairing, steps (D) to (F): "connected" once the device has fetched its tokens."""

from starlette.responses import Response

from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.pages.pairing.outcome_texts import Outcome, outcome_of
from pairgrant_server.pages.site.live_page import LiveUpdate, live_page
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.shown_name import ShownName

_EVERY = 0.5
"""Seconds between two updates; short, because a person is watching."""


@page("/outcome")
async def outcome(request: PageRequest) -> Response | None:
    grant = await request.bound_grant()
    if grant is None:
        return request.redirect("/device")
    if request.user is None:
        return request.redirect("/signin")
    if await request.pending_grant() is not None:
        return request.redirect("/consent")
    reached = await _reached(request, grant)

    async def update() -> LiveUpdate:
        session = await request.site.sessions.load(request.cookie)
        now_grant = await request.site.device_flow.grant(grant.grant_id)
        if (
            now_grant is None
            or session.user_id != request.session.user_id
            or session.grant_id != grant.grant_id
        ):
            return LiveUpdate(leads_to="/device")
        reached_now = await _reached(request, now_grant)
        return LiveUpdate({"outcome": reached_now}, is_last=not reached_now.is_passing)

    context = {"outcome": reached}
    return live_page(request, "outcome.html", "parts/outcome.html", context, every=_EVERY, update=update)


async def _reached(request: PageRequest, grant: DeviceGrant) -> Outcome:
    client = await request.site.clients.client(grant.client_id)
    awaited_pin = await request.site.device_flow.awaited_pin(grant)
    device_id = grant.connected_device_id
    device = None if device_id is None else await request.site.devices.device(device_id)
    return outcome_of(
        grant,
        name=ShownName.of(client, grant.client_id, grant.device_name),
        is_mine=grant.user_id == request.session.user_id,
        is_removed=grant.connected_device_id is not None
        and (device is None or device.has_ended(request.site.clock())),
        now=request.site.clock(),
        return_pin=None if awaited_pin is None else awaited_pin.digits,
        is_pin_exhausted=awaited_pin is not None and awaited_pin.is_exhausted,
    )
