"""The consent page of a pairing, step (D): what is asked, by which device (RFC 8628 §5.4)."""

from collections.abc import Mapping

from starlette.responses import Response

from pairgrant_protocol.device_grant import Decision
from pairgrant_server.authorization_server.device_flow.approval import ApprovalRefusedError
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.pages.pairing.consent_view import consent_view, grant_mark
from pairgrant_server.pages.site.live_page import LiveUpdate, live_page
from pairgrant_server.pages.site.optional_scope import unticked
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest

_EVERY = 1.0
"""Seconds between two looks at the time that is left."""


@page("/consent")
async def pairing_consent(request: PageRequest) -> Response | None:
    if request.session.grant_id is None:
        return request.redirect("/device")
    if request.user is None:
        return request.redirect("/signin")
    grant = await request.pending_grant()
    if grant is None:
        return request.redirect("/outcome")
    shown = await consent_view(request, grant)

    async def update() -> LiveUpdate:
        session = await request.site.sessions.load(request.cookie)
        if session.user_id != request.session.user_id or session.grant_id != grant.grant_id:
            return LiveUpdate(leads_to="/device")
        if await request.pending_grant() is None:
            return LiveUpdate(leads_to="/outcome")
        return LiveUpdate(_time_left(request, grant))

    context = {"device": shown, **_time_left(request, grant)}
    return live_page(
        request, "pairing_consent.html", "parts/time_left.html", context, every=_EVERY, update=update
    )


async def decide_pairing(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /consent: the one place where a person approves or denies.

    The decision counts for the code that this session looked up, if that is the one the form was shown for.
    Late and repeated decisions change nothing; the outcome page says what became of the grant.
    """
    session = request.session
    if session.user_id is None or session.auth_time is None:
        return request.redirect("/signin")
    grant = await request.bound_grant()
    if grant is None:
        return request.redirect("/device")
    try:
        decision = Decision(form.get("decision", ""))
    except ValueError:
        return request.redirect("/consent")
    if form.get("asked") != grant_mark(grant):
        return request.redirect("/consent")
    user_id, auth_time = session.user_id, session.auth_time
    if decision is Decision.DENY:
        await request.site.decisions.deny(grant.grant_id, user_id=user_id, auth_time=auth_time)
        return request.redirect("/outcome")
    terms = await request.site.decisions.terms(grant, request.viewer)
    try:
        await request.site.decisions.approve(
            grant.grant_id,
            user_id=user_id,
            auth_time=auth_time,
            viewer=request.viewer,
            number=form.get("number"),
            label=form.get("device_label"),
            declined_scope=unticked(terms.optional_scope, form),
        )
    except ApprovalRefusedError:
        return request.redirect("/consent")  # the page says why
    return request.redirect("/outcome")


def _time_left(request: PageRequest, grant: DeviceGrant) -> dict[str, float]:
    return {"seconds_left": grant.expires_at - request.site.clock()}
