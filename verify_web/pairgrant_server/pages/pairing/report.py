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
from pairgrant_server.pages.pairing.consent_view import grant_mark
from pairgrant_server.pages.pairing.enter_code import code_of, opened_link, pasted_link, read
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page

ReportedOn = Literal["code", "consent", "outcome", "device"]


async def report(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /report, from each page that shows a pairing."""
    if (device_id := form.get("device_id")) is not None:
        return await _report_device(request, device_id)
    if (mark := form.get("asked")) is not None:
        return await _report_bound(request, mark)
    link = opened_link(request, form)
    typed = code_of(form, link)
    entry = read(request, typed)
    if not isinstance(entry, EnteredCode):
        return await explained(request, typed, entry)
    link = pasted_link(request, entry) or link
    found = await look_code_up(request, entry.code)
    if found.grant is None:
        is_link = link is not None
        return await refused_look_up(request, found.allowance, typed, entry.code, is_link=is_link)
    return await _report_grant(request, found.grant, "code")


async def _report_bound(request: PageRequest, mark: str) -> Response:
    """Report what this browser looked up, if that is what the form was shown for."""
    grant = await request.bound_grant()
    if grant is None or grant_mark(grant) != mark:
        return request.redirect("/device")
    may_know = request.site.device_flow.may_know(grant, request.session.user_id)
    if not may_know and grant.cancelled_at is None:  # a sender can't escape a report by cancelling
        return request.redirect("/outcome")
    page: ReportedOn = "consent" if is_open(grant, request.site.clock()) else "outcome"
    return await _report_grant(request, grant, page)


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
    return render_page(request, "reported.html", ended=ended)
