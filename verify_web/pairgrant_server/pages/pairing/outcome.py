"""The outcome of a pairing, steps (D) to (F): "connected" once the device has fetched its tokens."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.pages.pairing.consent_view import grant_mark
from pairgrant_server.pages.pairing.outcome_texts import Outcome, outcome_of
from pairgrant_server.pages.site.live_page import LiveUpdate, live_page
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page
from pairgrant_server.pages.site.shown_name import ShownName

_EVERY = 0.5
"""Seconds between two updates; short, because a person is watching."""


@page("/outcome")
async def outcome(request: PageRequest) -> Response | None:
    grant = await request.bound_grant()
    if grant is None:
        return request.redirect("/device")
    if request.user is None and grant.cancelled_at is None:
        return request.redirect(request.path_of_pairing("/signin"))
    if await request.pending_grant() is not None:
        return request.redirect(request.path_of_pairing("/consent"))
    reached = await _reached(request, grant)
    mark = grant_mark(grant)
    if request.user is None:
        return render_page(request, "outcome.html", outcome=reached, mark=mark)

    async def update() -> LiveUpdate:
        session = await request.site.sessions.load(request.cookie)
        now_grant = await request.site.device_flow.grant(grant.grant_id)
        if now_grant is None or session.user_id != request.session.user_id or session.pairing(mark) is None:
            return LiveUpdate(leads_to="/device")
        reached_now = await _reached(request, now_grant)
        return LiveUpdate({"outcome": reached_now}, is_last=not reached_now.may_change)

    context = {"outcome": reached, "mark": mark}
    return live_page(
        request,
        "outcome.html",
        "parts/outcome.html",
        context,
        every=_EVERY,
        update=update,
        is_last=not reached.may_change,
    )


async def undo(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /undo: end what this person approved, during the hold or later."""
    grant = await _own_grant(request, form)
    if grant is not None and grant.user_id is not None:
        await request.site.decisions.undo(grant.grant_id, user_id=grant.user_id, network=request.network)
    return request.redirect(request.path_of_pairing("/outcome"))


async def confirm(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /confirm: the reply to "Did your screen just say Hello?"."""
    site, grant = request.site, await _own_grant(request, form)
    pairing, outcome_page = request.pairing, request.path_of_pairing("/outcome")
    if grant is None or grant.user_id is None or grant.connected_device_id is None or pairing is None:
        return request.redirect(outcome_page)
    match form.get("reply"):
        case "no":
            await site.decisions.refuse_confirmation(
                grant.grant_id, user_id=grant.user_id, network=request.network
            )
        case "yes":
            await site.devices.confirm(grant.connected_device_id, grant.user_id)
            arrival = replace(request.viewer.arrival, has_confirmed=True)
            await site.sessions.set_arrival(request.cookie, pairing, arrival.to_json())
    return request.redirect(outcome_page)


async def _own_grant(request: PageRequest, form: Mapping[str, str]) -> DeviceGrant | None:
    """The grant that this person decided, if the form was shown for it."""
    grant, user_id = await request.bound_grant(), request.session.user_id
    is_own = grant is not None and user_id is not None and grant.user_id == user_id
    return grant if is_own and grant is not None and grant_mark(grant) == form.get("asked") else None


async def _reached(request: PageRequest, grant: DeviceGrant) -> Outcome:
    client = await request.site.clients.client(grant.client_id)
    awaited_pin = await request.site.device_flow.awaited_pin(grant)
    device_id = grant.connected_device_id
    arrival = request.viewer.arrival
    return outcome_of(
        grant,
        device=None if device_id is None else await request.site.devices.device(device_id),
        name=ShownName.of(client, grant.client_id, grant.device_name),
        is_mine=grant.user_id == request.session.user_id,
        person=None if request.user is None else request.user.display_name,
        has_wrong_number=arrival.has_wrong_number,
        has_confirmed=arrival.has_confirmed,
        now=request.site.clock(),
        return_pin=None if awaited_pin is None else awaited_pin.digits,
        is_pin_exhausted=awaited_pin is not None and awaited_pin.is_exhausted,
    )
