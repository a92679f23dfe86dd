"""The form in which a person types the code, step (D), and what it says above the field."""

from starlette.responses import Response

from pairgrant_protocol.code_entry import NotACode
from pairgrant_server.authorization_server.limits.code_attempts import Allowance
from pairgrant_server.pages.pairing.code_entry_texts import expected_letters, explanation, too_many_letters
from pairgrant_server.pages.pairing.sign_in_form import sign_in_path
from pairgrant_server.pages.site.flash import Flash
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page
from pairgrant_server.translation import Translatable, translated

NO_SUCH_CODE = Translatable(
    "No device is waiting for this code. Compare it with your device letter by letter. "
    "If the device now shows a new code, enter that one."
)
"""The same text for an unknown, expired, denied or used code, so that guessing learns nothing.

Only the person who decided about a code, and the browser that looked it up, are led to its outcome.
"""

TOO_MANY_CODES = Translatable(
    "You have tried too many codes. Wait ten minutes, then enter the code that your device shows."
)

SIGN_IN_FIRST = Translatable(
    "Many wrong codes came from your network. Please sign in first; the code you entered is kept."
)

SCAN_AGAIN = Translatable(
    "Many wrong codes came from your network. Please sign in first, then scan the code on your device again, "
    "or type it."
)
"""A link is not kept: it says when it was opened, which the sign-in must not make older or younger."""

FROM_ANOTHER_SITE = Translatable(
    "Another site led you here. If a device in front of you shows a code, type it. "
    "Otherwise close this page: nothing has been connected."
)

SCAN_IN_THIS_SESSION = Translatable(
    "You signed in or out in another tab, or the page was open for too long. Scan the code on your device "
    "again, or type it."
)

TYPE_THE_CODE = Translatable("A link can't connect this device. Type the code that your device shows.")
TYPE_THE_CODE_PATH = "/device?type=code"


async def code_form(
    request: PageRequest,
    typed: str = "",
    *,
    error: str | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    return render_page(
        request,
        "enter_code.html",
        status=status,
        typed=typed,
        error=error,
        notice=notice,
        letters=expected_letters(await request.site.code_attempts.longest_code()),
    )


async def explained(request: PageRequest, typed: str, problem: NotACode) -> Response:
    """The form again. A link leaves it empty, because what is left of it would count as typed."""
    return refused_code(request, await explanation_of(request, problem), "" if problem.is_link else typed)


async def explanation_of(request: PageRequest, problem: NotACode) -> str:
    longest = await request.site.code_attempts.longest_code()
    return explanation(problem, host=request.site.host_name, longest=longest)


def refused_code(request: PageRequest, error: str, typed: str) -> Response:
    """The code form again, with ``error`` and what was typed."""
    return request.redirect("/device", Flash(error=error, typed={"user_code": typed}))


async def refused_look_up(
    request: PageRequest, allowance: Allowance, typed: str, code: str, *, is_link: bool = False
) -> Response:
    """The response to a look-up that a limit refused, or that found nothing.

    ``code`` is what was read from ``typed``. A code that is longer than any live one is looked up, too:
    another process may have issued it just now.
    """
    match allowance:
        case Allowance.SIGN_IN_FIRST if is_link:
            return request.redirect(sign_in_path("/device"), Flash(notice=SCAN_AGAIN))
        case Allowance.SIGN_IN_FIRST:
            return request.redirect("/signin", Flash(notice=SIGN_IN_FIRST, typed={"user_code": typed}))
        case Allowance.REFUSED:
            return refused_code(request, TOO_MANY_CODES, "" if is_link else typed)
        case Allowance.ALLOWED:
            longest = await request.site.code_attempts.longest_code()
            sentences = (str(translated(NO_SUCH_CODE)), too_many_letters(code, longest=longest))
            return refused_code(request, " ".join(filter(None, sentences)), "" if is_link else typed)
