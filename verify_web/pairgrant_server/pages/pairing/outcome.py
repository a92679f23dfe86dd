"""What became of it, steps (D) to (F): the page turns to "connected" when the device has fetched its tokens."""

from starlette.responses import Response

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.device_flow.device_flow import DeviceGrant
from pairgrant_server.pages.pairing.outcome_texts import Outcome, outcome_of
from pairgrant_server.pages.site.live import Renewed, live
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.visit import Visit

_EVERY = 0.5
"""Seconds between two looks; a person is watching."""


@page("/outcome")
async def outcome(visit: Visit) -> Response | None:
    grant = await visit.bound_grant()
    if grant is None:
        return visit.redirect("/device")
    if visit.user is None:
        return visit.redirect("/signin")
    if await visit.waiting_grant() is not None:
        return visit.redirect("/consent")
    reached = await _reached(visit, grant)

    async def renew() -> Renewed:
        session = await visit.site.sessions.load(visit.cookie)
        now_grant = await visit.site.device_flow.grant(grant.grant_id)
        if (
            now_grant is None
            or session.user_id != visit.session.user_id
            or session.grant_id != grant.grant_id
        ):
            return Renewed(leads_to="/device")
        reached_now = await _reached(visit, now_grant)
        return Renewed({"outcome": reached_now}, is_last=not reached_now.is_passing)

    context = {"outcome": reached}
    return live(visit, "outcome.html", "parts/outcome.html", context, every=_EVERY, renew=renew)


async def _reached(visit: Visit, grant: DeviceGrant) -> Outcome:
    client = await visit.site.clients.client(grant.client_id)
    asks_for_pin = client is not None and client.policy.requires_return_pin
    waits_for_pin = asks_for_pin and grant.status is GrantStatus.APPROVED
    device_id = grant.connected_device_id
    device = None if device_id is None else await visit.site.devices.device(device_id)
    return outcome_of(
        grant,
        name=grant.device_name or (grant.client_id if client is None else client.name),
        is_mine=grant.user_id == visit.session.user_id,
        is_removed=grant.connected_device_id is not None
        and (device is None or device.revoked_at is not None),
        now=visit.site.clock(),
        return_pin=visit.site.device_flow.return_pin(grant) if waits_for_pin else None,
        is_pin_lost=waits_for_pin and await visit.site.device_flow.is_pin_lost(grant),
    )
