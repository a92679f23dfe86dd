"""Looking up a code, step (D): each look-up counts as a guess until the code turns out to be right."""

from typing import NamedTuple

from pairgrant_server.authorization_server.limits.code_attempts import Allowance
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.security_events import SecurityEvent, emit


class LookUp(NamedTuple):
    """``grant`` is None if the look-up was refused, or the person may not know of such a grant."""

    allowance: Allowance
    grant: DeviceGrant | None = None


async def look_code_up(request: PageRequest, code: str) -> LookUp:
    """Spend an attempt of the caller on a normalized code; a right code gives it back."""
    site, session = request.site, request.session
    attempt = await site.code_attempts.spend(network=request.network, user_id=session.user_id)
    if attempt.allowance is not Allowance.ALLOWED:
        emit(SecurityEvent.LIMIT_REACHED, network=request.network, user_id=session.user_id, limit="codes")
        return LookUp(attempt.allowance)
    if attempt.delay:
        await site.pause(attempt.delay)
    grant = await site.device_flow.look_up(code, session.user_id, network=request.network)
    if grant is not None or session.pairing_of_code(code) is not None:
        await site.code_attempts.give_back(attempt)
    else:
        await site.code_attempts.count_wrong()
        emit(SecurityEvent.CODE_UNKNOWN, network=request.network, user_id=session.user_id)
    return LookUp(Allowance.ALLOWED, grant)
