"""How a form comes in: read strictly, and taken only from the session that it was made for.

The gate has refused foreign origins before (see ``pairgrant_server.front.gate``); every change of state passes both.
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from pairgrant_protocol.vocabulary import FORM_CONTENT_TYPE
from pairgrant_server.authorization_server.http.form import FormError, parse_form
from pairgrant_server.authorization_server.http.message import BodyTooLargeError, ClientGoneError
from pairgrant_server.front.faults import fault_of
from pairgrant_server.pages.site import problems
from pairgrant_server.pages.site.problems import Problem, fault_page, problem_page
from pairgrant_server.pages.site.site import site_of
from pairgrant_server.pages.site.visit import Visit

FormFunction = Callable[[Visit, Mapping[str, str]], Awaitable[Response]]

CSRF_FIELD = "csrf_token"


def form_post(act: FormFunction) -> Callable[[Request], Awaitable[Response]]:
    """A Starlette endpoint that lets ``act`` change something, once the form has proved whose it is."""

    async def endpoint(request: Request) -> Response:
        public_url = site_of(request).public_url
        try:
            form = await _read(request)
            if isinstance(form, Problem):
                return problem_page(form, public_url)
            visit = await Visit.of(request)
            if not visit.site.sessions.csrf_matches(visit.cookie, form.get(CSRF_FIELD, "")):
                return problem_page(problems.NOT_YOURS, public_url)
            return await act(visit, form)
        except Exception as error:  # noqa: BLE001 - fault_of logs it; the person gets a page either way
            return fault_page(fault_of(error), public_url)

    return endpoint


async def _read(request: Request) -> Mapping[str, str] | Problem:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM_CONTENT_TYPE:
        return problems.NO_FORM
    try:
        return parse_form(await site_of(request).bodies.read(request.receive))
    except FormError:
        return problems.NO_FORM
    except BodyTooLargeError:
        return problems.TOO_LARGE
    except ClientGoneError:
        return problems.TOO_SLOW
