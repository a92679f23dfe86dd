"""The report of a person who did not start a pairing, in any step ("I didn't start this", RFC 10027).

With the code of an open pairing it needs no sign-in, and counts as a look-up of the code. Later, only the
person who decided about the code can report it, and only the account of a connected device the device. A code
that the device cancelled can be reported by each browser that had looked it up.
"""

from collections.abc import Mapping
from typing import Literal

from starlette.responses import Response

from pairgrant_protocol.code_entry import EnteredCode
from pairgrant_protocol.device_grant import is_open
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.model.risk_records import EndedPairing
from pairgrant_server.pages.pairing.code_form import explained, refused_look_up
from pairgrant_server.pages.pairing.code_lookup import look_code_up
from pairgrant_server.pages.pairing.enter_code import code_again, code_of, opened_link, pasted_link, read
from pairgrant_server.pages.site.flash import Flash
from pairgrant_server.pages.site.form_post import PAIRING_FIELD
from pairgrant_server.pages.site.out_of_date import leads_back
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page

REPORTED = "/reported"
_REPORTED_LASTS = 600
"""Seconds for which the page after a report can be reloaded."""

ReportedOn = Literal["code", "consent", "outcome", "device"]


async def report(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /report, from each page that shows a pairing."""
    if (device_id := form.get("device_id")) is not None:
        return await _report_device(request, device_id)
    if PAIRING_FIELD in form:
        return await _report_bound(request)
    link = opened_link(request, form)
    typed = code_of(form, link)
    entry = read(request, typed)
    if not isinstance(entry, EnteredCode):
        return await explained(request, typed, entry)
    code, link = entry.code, pasted_link(request, entry) or link
    found = await look_code_up(request, code)
    if found.grant is None:
        session = await request.site.sessions.load(request.cookie)
        bound = session.pairing_of_code(code)
        if bound is not None and (ended := await _repeated(request, bound.grant_id)) is not None:
            return _reported(request, ended)
        return await refused_look_up(request, found.allowance, typed, code, is_link=link is not None)
    # A second tap finds no open code any more, and has to know what the first one ended.
    arrival = request.site.device_flow.arrival(found.grant, code, link)
    await request.site.sessions.bind_grant(request.cookie, found.grant.grant_id, code, arrival.to_json())
    return await _report_grant(request, found.grant, "code")


async def _report_bound(request: PageRequest) -> Response:
    """Report what this browser looked up, if that is what the form was shown for."""
    grant = await request.bound_grant()
    if grant is None:
        return request.redirect("/device")
    may_know = request.site.device_flow.may_know(grant, request.session.user_id)
    if not may_know and grant.cancelled_at is None:  # a sender can't escape a report by cancelling
        if (ended := await _repeated(request, grant.grant_id)) is not None:
            return _reported(request, ended)
        return request.redirect(request.path_of_pairing("/outcome"))
    page: ReportedOn = "consent" if is_open(grant, request.site.clock()) else "outcome"
    return await _report_grant(request, grant, page)


async def _repeated(request: PageRequest, grant_id: bytes) -> EndedPairing | None:
    """What the same person's report of this grant ended a moment ago."""
    grant = await request.site.device_flow.grant(grant_id)
    if grant is None:
        return None
    return await request.site.reports.repeated(
        grant, network=request.network, user_id=request.session.user_id
    )


async def _report_grant(request: PageRequest, grant: DeviceGrant, page: ReportedOn) -> Response:
    user_id = request.session.user_id
    ended = await request.site.reports.report_grant(
        grant, page=page, network=request.network, user_id=user_id
    )
    return _reported(request, ended)


async def _report_device(request: PageRequest, device_id: str) -> Response:
    user_id = request.session.user_id
    if user_id is None:
        return request.redirect("/signin?next=/devices")
    device = await request.site.devices.device(device_id)
    if device is None or device.user_id != user_id:
        return request.redirect("/devices")
    page: ReportedOn = "device"
    ended = await request.site.reports.report_device(
        device, page=page, network=request.network, user_id=user_id
    )
    await request.site.code_flow.forget_consent(user_id, device.client_id)
    return _reported(request, ended)


def _reported(request: PageRequest, ended: EndedPairing) -> Response:
    said = [name for name, has_ended in ended._asdict().items() if has_ended]
    return request.redirect(REPORTED, Flash(typed=dict.fromkeys(said, "ended"), lasts=_REPORTED_LASTS))


@page(REPORTED)
async def reported(request: PageRequest) -> Response:
    """What a report has ended; it stays when the page is reloaded."""
    flash = request.flash
    if flash is None:
        return request.redirect("/")
    ended = EndedPairing(grant="grant" in flash.typed, device="device" in flash.typed)
    return render_page(request, "reported.html", ended=ended)


def page_of_report(request: PageRequest, form: Mapping[str, str]) -> str:
    """The page on which a report was made."""
    if "device_id" in form:
        return "/devices"
    return "/device" if request.pairing is None else request.path_of_pairing("/consent")


async def report_again(request: PageRequest, form: Mapping[str, str]) -> Response:
    """The response to a report of another session: a typed code comes again, all else is explained."""
    if "user_code" in form:
        return await code_again(request, form)
    return await leads_back(page_of_report)(request, form)
