"""The consent page of a pairing, step (D): what is asked, by which device (RFC 8628 §5.4)."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from pairgrant_protocol.device_grant import Decision
from pairgrant_server.authorization_server.device_flow.approval import ApprovalRefusedError, PolicyViolation
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.pages.pairing.consent_view import consent_view, grant_mark
from pairgrant_server.pages.pairing.typed_number import typed_number
from pairgrant_server.pages.site.live_page import LiveUpdate, live_page, wants_part
from pairgrant_server.pages.site.optional_scope import unticked
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.translation import Translatable

_EVERY = 1.0
"""Seconds between two looks at the time that is left."""

_NUMBER_MISSING = "/consent?missing=number"
_LABEL_WRONG = "/consent?missing=label"
_ERRORS = {
    "number": Translatable("Type the two digits that your device shows, then choose Approve."),
    "label": Translatable(
        "That isn't the label of this device. Look at the device, and type its label again."
    ),
}


@page("/consent")
async def pairing_consent(request: PageRequest) -> Response | None:
    if request.session.grant_id is None:
        return request.redirect("/device")
    if request.user is None:
        return request.redirect("/signin")
    grant = await request.pending_grant()
    if grant is None:
        return request.redirect("/outcome")
    presented = await request.site.decisions.presented(grant, request.viewer)
    if presented.terms.asks_number and not wants_part(request):
        # The device shows the number of the account that looked last, which may have been another one.
        presented = await request.site.decisions.look(grant, request.viewer)
    shown = await consent_view(request, grant, presented)

    async def update() -> LiveUpdate:
        session = await request.site.sessions.load(request.cookie)
        if session.user_id != request.session.user_id or session.grant_id != grant.grant_id:
            return LiveUpdate(leads_to="/device")
        if await request.pending_grant() is None:
            return LiveUpdate(leads_to="/outcome")
        return LiveUpdate(await _live(request, grant))

    error = _ERRORS.get(request.http.query_params.get("missing", ""))
    context = {"device": shown, "error": error, **(await _live(request, grant))}
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
            number=typed_number(form.get("number", "")),
            label=form.get("device_label"),
            declined_scope=unticked(terms.optional_scope, form),
        )
    except ApprovalRefusedError as refusal:
        return await _refused(request, grant, refusal)
    return request.redirect("/outcome")


async def _refused(request: PageRequest, grant: DeviceGrant, refusal: ApprovalRefusedError) -> Response:
    """The page that says why."""
    violations = set(refusal.violations)
    if PolicyViolation.WRONG_NUMBER in violations:
        arrival = replace(request.viewer.arrival, has_wrong_number=True)
        code = request.session.user_code or ""
        await request.site.sessions.bind_grant(request.cookie, grant.grant_id, code, arrival.to_json())
        return request.redirect("/outcome")
    if violations <= {PolicyViolation.NUMBER_MISSING, PolicyViolation.WRONG_LABEL}:
        is_number = PolicyViolation.NUMBER_MISSING in violations
        return request.redirect(_NUMBER_MISSING if is_number else _LABEL_WRONG)
    return request.redirect("/consent")


async def _live(request: PageRequest, grant: DeviceGrant) -> dict[str, object]:
    return {
        "seconds_left": grant.expires_at - request.site.clock(),
        "is_seen_by_others": await request.site.decisions.is_seen_by_others(grant, request.viewer),
    }
