"""The verification page, steps (C) and (D): a person types, pastes or scans the code (RFC 8628 §3.3).

Opening the page, with or without a code in its address, looks nothing up and changes nothing; submitting the
form does.
"""

from collections.abc import Mapping

from starlette.responses import Response

from pairgrant_protocol.device_grant import is_open
from pairgrant_protocol.user_code import LENGTH, InvalidUserCodeError, display, normalize
from pairgrant_server.authorization_server.device_flow.arrival import TYPED
from pairgrant_server.authorization_server.limits.code_attempts import Allowance
from pairgrant_server.pages.pairing.sign_in_form import sign_in_form
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page
from pairgrant_server.security_events import SecurityEvent, emit

NO_SUCH_CODE = (
    "No device is waiting for this code. Compare it with your device letter by letter. "
    "If the device now shows a new code, enter that one."
)
"""The same text for an unknown, expired, denied or used code, so that guessing learns nothing.

Only the person who decided about a code, and the browser that looked it up, are led to its outcome.
"""

TOO_MANY_CODES = (
    "You have tried too many codes. Wait ten minutes, then enter the code that your device shows."
)

SIGN_IN_FIRST = "Many wrong codes came from your network. Please sign in first; the code you entered is kept."


@page("/device")
async def enter_code(request: PageRequest) -> Response:
    return await _form(request)


@page("/D/{user_code}")
async def compare_code(request: PageRequest) -> Response:
    """The page of ``verification_uri_complete``: the code is filled in, to compare (RFC 8628 §3.3.1)."""
    typed = request.http.path_params["user_code"]
    try:
        code = normalize(typed)
    except InvalidUserCodeError as error:
        return await _form(request, typed, error=str(error), status=404)
    return await _form(request, display(code), compares=True)


async def submit_code(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /device."""
    return await look_up(request, form.get("user_code", ""))


async def look_up(request: PageRequest, typed: str) -> Response:
    """Bind the grant of this code to the browser session, and redirect to the sign-in or consent page."""
    try:
        code = normalize(typed)
    except InvalidUserCodeError as error:
        return await _form(request, typed, error=str(error), status=422)
    site, session = request.site, request.session
    is_bound = session.grant_id is not None and session.user_code == code
    if is_bound and session.user_id is not None:
        return request.redirect("/outcome" if await request.pending_grant() is None else "/consent")
    attempt = await site.code_attempts.spend(network=request.network, user_id=session.user_id)
    if attempt.allowance is not Allowance.ALLOWED:
        emit(SecurityEvent.LIMIT_REACHED, network=request.network, user_id=session.user_id, limit="codes")
    if attempt.allowance is Allowance.SIGN_IN_FIRST:
        return await sign_in_form(request, status=429, notice=SIGN_IN_FIRST, user_code=typed)
    if attempt.allowance is Allowance.REFUSED:
        return await _form(request, typed, error=TOO_MANY_CODES, status=429)
    if attempt.delay:
        await site.pause(attempt.delay)
    grant = await site.device_flow.look_up(code, session.user_id)
    if grant is None:
        if is_bound:
            await site.code_attempts.give_back(attempt)
        else:
            await site.code_attempts.count_wrong()
            emit(SecurityEvent.CODE_UNKNOWN, network=request.network, user_id=session.user_id)
        return await _form(request, typed, error=NO_SUCH_CODE, status=422)
    await site.code_attempts.give_back(attempt)
    arrival = TYPED
    await site.sessions.bind_grant(request.cookie, grant.grant_id, code, arrival.to_json())
    if not is_open(grant, site.clock()):
        return request.redirect("/outcome")
    bound = await request.in_session(request.cookie)
    await site.decisions.look(grant, bound.viewer)
    return request.redirect("/signin" if session.user_id is None else "/consent")


async def _form(
    request: PageRequest,
    typed: str = "",
    *,
    error: str | None = None,
    compares: bool = False,
    status: int = 200,
) -> Response:
    return render_page(
        request,
        "enter_code.html",
        status=status,
        typed=typed,
        error=error,
        compares=compares,
        is_eight_letters=await request.site.code_attempts.longest_code() == LENGTH,
    )
