"""The verification page, steps (C) and (D): a person types, pastes or scans the code (RFC 8628 §3.3).

Opening the page, with or without a code in its address, looks nothing up and changes nothing; submitting the
form does.
"""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from pairgrant_protocol.code_entry import EnteredCode, NotACode, read_entry, read_linked
from pairgrant_protocol.device_grant import is_open
from pairgrant_server.authorization_server.device_flow.opened_link import OpenedLink
from pairgrant_server.authorization_server.device_flow.viewer import Viewer
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.risk.evidence import CameFrom, Entry
from pairgrant_server.authorization_server.risk.profile import Decision
from pairgrant_server.pages.pairing.code_form import (
    FROM_ANOTHER_SITE,
    SCAN_IN_THIS_SESSION,
    TYPE_THE_CODE,
    TYPE_THE_CODE_PATH,
    code_form,
    explained,
    explanation_of,
    refused_look_up,
)
from pairgrant_server.pages.pairing.code_lookup import look_code_up
from pairgrant_server.pages.pairing.fetch_metadata import came_from, is_prefetch
from pairgrant_server.pages.site.flash import Flash
from pairgrant_server.pages.site.out_of_date import SEND_AGAIN
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page
from pairgrant_server.security_events import SecurityEvent, emit


@page("/device")
async def enter_code(request: PageRequest) -> Response:
    """With ``user_code`` in its query it is a link (RFC 8628 §3.3.1)."""
    query = request.http.query_params
    if (linked := query.get("user_code")) is not None:
        return await _opened(request, linked, None)
    flash = request.take_flash()
    notice = flash.notice or (TYPE_THE_CODE if "type" in query else None)
    return await code_form(request, flash.typed.get("user_code", ""), error=flash.error, notice=notice)


@page("/D/{user_code}")
@page("/D/{user_code}/{proof}")
async def open_link(request: PageRequest) -> Response:
    """The page of ``verification_uri_complete`` (RFC 8628 §3.3.1); the proof is that of a fresh scan."""
    segments = request.http.path_params
    return await _opened(request, segments["user_code"], segments.get("proof"))


async def _opened(request: PageRequest, linked: str, proof: str | None) -> Response:
    """Where another site led the browser here, the code is not taken from the link."""
    headers = request.http.headers
    way = came_from(headers)
    if way is CameFrom.CROSS_SITE:
        if not is_prefetch(headers):
            emit(SecurityEvent.LINK_CROSS_SITE, network=request.network, user_id=request.session.user_id)
        return await code_form(request, notice=FROM_ANOTHER_SITE)
    entry = read_linked(linked)
    if not isinstance(entry, EnteredCode):
        error = await explanation_of(request, entry)
        return await code_form(request, error=error, status=404)  # a link types nothing
    opened = request.site.opened_links.seal(request.cookie, entry.code, proof, way)
    return render_page(request, "opened_link.html", opened=opened)


async def submit_code(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /device, with a typed code or the sealed link."""
    link = opened_link(request, form)
    return await look_up(request, code_of(form, link), link)


def opened_link(request: PageRequest, form: Mapping[str, str]) -> OpenedLink | None:
    """The link that this browser opened, if the form is that of a link."""
    sealed = form.get("opened")
    return None if sealed is None else request.site.opened_links.unseal(request.cookie, sealed)


def code_of(form: Mapping[str, str], link: OpenedLink | None) -> str:
    """The code that the person typed, or else that of the link."""
    return form.get("user_code", "" if link is None else link.user_code)


def read(request: PageRequest, typed: str) -> EnteredCode | NotACode:
    return read_entry(typed, request.site.host_name)


def pasted_link(request: PageRequest, entry: EnteredCode) -> OpenedLink | None:
    """A link pasted into the field is judged as one that was opened; its proof does not show a scan."""
    if not entry.is_link:
        return None
    return OpenedLink(entry.code, None, CameFrom.UNKNOWN, request.site.clock())


async def look_up(request: PageRequest, typed: str, link: OpenedLink | None = None) -> Response:
    """Bind the grant of this code to the browser session, and redirect to the sign-in or consent page."""
    session, entry = request.session, read(request, typed)
    if not isinstance(entry, EnteredCode):
        return await explained(request, typed, entry)
    code, link = entry.code, pasted_link(request, entry) or link
    bound = session.pairing_of_code(code)
    if bound is not None:
        request = replace(request, mark=bound.mark)
        if session.user_id is not None:
            grant = await request.pending_grant()
            return _outcome(request) if grant is None else await _bind(request, grant, code, link)
    found = await look_code_up(request, code)
    if found.grant is None and bound is not None and await request.device_has_left():
        return _outcome(request)
    if found.grant is None:
        return await refused_look_up(request, found.allowance, typed, code, is_link=link is not None)
    return await _bind(request, found.grant, code, link)


def _outcome(request: PageRequest) -> Response:
    return request.redirect(request.path_of_pairing("/outcome"))


async def _bind(request: PageRequest, grant: DeviceGrant, code: str, link: OpenedLink | None) -> Response:
    """Go on with a grant that the person may know; a link that the policy does not accept binds nothing."""
    site, session = request.site, request.session
    arrival = site.device_flow.arrival(grant, code, link)
    is_pending = is_open(grant, site.clock())
    if is_pending and arrival.entry is Entry.PREFILLED:
        viewer = Viewer(request.network, session.user_id, session.browser_id, arrival)
        terms = await site.decisions.terms(grant, viewer)
        if terms.assessment.decision is Decision.ASK_CODE:
            return request.redirect(TYPE_THE_CODE_PATH)
    await site.sessions.bind_grant(request.cookie, grant.grant_id, code, arrival.to_json())
    bound = replace(request.about(grant), session=await site.sessions.load(request.cookie))
    if not is_pending:
        return _outcome(bound)
    await site.decisions.look(grant, bound.viewer)
    return bound.redirect(bound.path_of_pairing("/signin" if session.user_id is None else "/consent"))


async def code_again(request: PageRequest, form: Mapping[str, str]) -> Response:
    """The response to a code form of another session."""
    if "user_code" not in form:
        return request.redirect("/device", Flash(notice=SCAN_IN_THIS_SESSION))
    return request.redirect("/device", Flash(notice=SEND_AGAIN, typed={"user_code": form["user_code"]}))
