"""The consent page of a pairing, step (D): what is asked, by which device (RFC 8628 §5.4)."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from pairgrant_protocol.device_grant import Decision
from pairgrant_server.authorization_server.device_flow.approval import ApprovalRefusedError, PolicyViolation
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.pages.pairing.consent_view import consent_view
from pairgrant_server.pages.pairing.typed_number import typed_number
from pairgrant_server.pages.site.flash import Flash
from pairgrant_server.pages.site.live_page import LiveUpdate, live_page
from pairgrant_server.pages.site.optional_scope import unticked
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.translation import Translatable

_EVERY = 1.0
"""Seconds between two looks at the time that is left."""

NUMBER_MISSING = Translatable("Type the two digits that your device shows, then choose Approve.")
LABEL_WRONG = Translatable(
    "That isn't the label of this device. Look at the device, and type its label again."
)


@page("/consent")
async def pairing_consent(request: PageRequest) -> Response | None:
    pairing = request.pairing
    if pairing is None:
        return request.redirect("/device")
    if request.user is None:
        return request.redirect(request.path_of_pairing("/signin"))
    outcome = request.path_of_pairing("/outcome")
    grant = await request.pending_grant()
    if grant is None:
        return request.redirect(outcome)
    flash = request.take_flash()
    presented = await request.site.decisions.presented(grant, request.viewer)
    if presented.terms.asks_number and not request.wants_part:
        # The device shows the number of the account that looked last, which may have been another one.
        presented = await request.site.decisions.look(grant, request.viewer)
    shown = await consent_view(request, grant, presented)

    async def update() -> LiveUpdate:
        session = await request.site.sessions.load(request.cookie)
        if session.user_id != request.session.user_id or session.pairing(pairing.mark) is None:
            return LiveUpdate(leads_to="/device")
        if await request.pending_grant() is None:
            return LiveUpdate(leads_to=outcome)
        return LiveUpdate(await _live(request, grant))

    context = {"device": shown, "flash": flash, "error": flash.error, **(await _live(request, grant))}
    return live_page(
        request, "pairing_consent.html", "parts/time_left.html", context, every=_EVERY, update=update
    )


async def decide_pairing(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /consent: the one place where a person approves or denies.

    The decision counts for the code that the form was shown for, if this session has looked it up.
    Late and repeated decisions change nothing; the outcome page says what became of the grant.
    """
    session = request.session
    if session.user_id is None or session.auth_time is None:
        return request.redirect(request.path_of_pairing("/signin"))
    grant = await request.bound_grant()
    if grant is None:
        return request.redirect("/device")
    consent, outcome = request.path_of_pairing("/consent"), request.path_of_pairing("/outcome")
    try:
        decision = Decision(form.get("decision", ""))
    except ValueError:
        return request.redirect(consent)
    if request.mark is None:
        return request.redirect(consent)
    user_id, auth_time = session.user_id, session.auth_time
    if decision is Decision.DENY:
        await request.site.decisions.deny(grant.grant_id, user_id=user_id, auth_time=auth_time)
        return request.redirect(outcome)
    terms = await request.site.decisions.terms(grant, request.viewer)
    try:
        await request.site.decisions.approve(
            grant,
            user_id=user_id,
            auth_time=auth_time,
            viewer=request.viewer,
            number=typed_number(form.get("number", "")),
            label=form.get("device_label"),
            declined_scope=unticked(terms.optional_scope, form),
        )
    except ApprovalRefusedError as refusal:
        return await _refused(request, form, refusal)
    return request.redirect(outcome)


async def _refused(request: PageRequest, form: Mapping[str, str], refusal: ApprovalRefusedError) -> Response:
    """The page that says why."""
    violations, pairing = set(refusal.violations), request.pairing
    if PolicyViolation.WRONG_NUMBER in violations and pairing is not None:
        arrival = replace(request.viewer.arrival, has_wrong_number=True)
        await request.site.sessions.set_arrival(request.cookie, pairing, arrival.to_json())
        return request.redirect(request.path_of_pairing("/outcome"))
    consent = request.path_of_pairing("/consent")
    if violations <= {PolicyViolation.NUMBER_MISSING, PolicyViolation.WRONG_LABEL}:
        error = NUMBER_MISSING if PolicyViolation.NUMBER_MISSING in violations else LABEL_WRONG
        typed = {name: form[name] for name in ("number", "device_label") if name in form}
        return request.redirect(consent, Flash(error=error, typed=typed))
    return request.redirect(consent)


async def _live(request: PageRequest, grant: DeviceGrant) -> dict[str, object]:
    return {
        "seconds_left": grant.expires_at - request.site.clock(),
        "is_seen_by_others": await request.site.decisions.is_seen_by_others(grant, request.viewer),
    }
