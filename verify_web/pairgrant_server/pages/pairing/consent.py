"""The question, step (D): who asks, from where, for what, and is it the device in front of you (RFC 8628 §5.4)?"""

from collections.abc import Mapping

from starlette.responses import Response

from pairgrant_protocol.device_grant import Decision
from pairgrant_server.authorization_server.device_flow.device_flow import DeviceGrant
from pairgrant_server.authorization_server.model.client_policy import DEFAULT_POLICY
from pairgrant_server.pages.pairing.consent_view import asking, is_here, mark_of
from pairgrant_server.pages.site.live import Renewed, live
from pairgrant_server.pages.site.optional_scope import ticked
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.visit import Visit

_EVERY = 1.0
"""Seconds between two looks at the time that is left."""


@page("/consent")
async def consent(visit: Visit) -> Response | None:
    if visit.session.grant_id is None:
        return visit.redirect("/device")
    if visit.user is None:
        return visit.redirect("/signin")
    grant = await visit.waiting_grant()
    if grant is None:
        return visit.redirect("/outcome")
    shown = await asking(visit, grant)

    async def renew() -> Renewed:
        session = await visit.site.sessions.load(visit.cookie)
        if session.user_id != visit.session.user_id or session.grant_id != grant.grant_id:
            return Renewed(leads_to="/device")
        if await visit.waiting_grant() is None:
            return Renewed(leads_to="/outcome")
        return Renewed(_time_left(visit, grant))

    context = {"asking": shown, **_time_left(visit, grant)}
    return live(visit, "consent.html", "parts/time_left.html", context, every=_EVERY, renew=renew)


async def decide(visit: Visit, form: Mapping[str, str]) -> Response:
    """POST /consent: the one place where a person approves or denies.

    The decision counts for the code that this session looked up, if that is the one the form was shown for. Late and
    repeated decisions change nothing; the outcome page says what became of the grant.
    """
    session = visit.session
    if session.user_id is None or session.auth_time is None:
        return visit.redirect("/signin")
    grant = await visit.bound_grant()
    if grant is None:
        return visit.redirect("/device")
    try:
        decision = Decision(form.get("decision", ""))
    except ValueError:
        return visit.redirect("/consent")
    if form.get("asked") != mark_of(grant):
        return visit.redirect("/consent")
    client = await visit.site.clients.client(grant.client_id)
    policy = DEFAULT_POLICY if client is None else client.policy
    if decision is Decision.APPROVE and policy.requires_same_network and not is_here(visit, grant):
        return visit.redirect("/consent")  # where it says why
    await visit.site.device_flow.decide(
        grant.grant_id,
        decision,
        user_id=session.user_id,
        auth_time=session.auth_time,
        scope=ticked(grant.scope, policy.optional_scope, form),
    )
    return visit.redirect("/outcome")


def _time_left(visit: Visit, grant: DeviceGrant) -> dict[str, float]:
    return {"seconds_left": grant.expires_at - visit.site.clock()}
