"""What becomes of a form of another session: after a sign-in or sign-out in another tab, or after its end.

A form that decides nothing comes again with what was typed. A decision is explained, and leads back to its
own page, because the person has to see the decision and the account first.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from starlette.responses import Response

from pairgrant_server.pages.site.error_pages import OUT_OF_DATE, error_response
from pairgrant_server.pages.site.form_post import FormFunction
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.translation import Translatable

SEND_AGAIN = Translatable(
    "You signed in or out in another tab, or the page was open for too long. Please send this again."
)


def leads_back(path_of: Callable[[PageRequest, Mapping[str, str]], str]) -> FormFunction:
    """Explain, with a link to the page that ``path_of`` the request and its form is."""

    async def explain(request: PageRequest, form: Mapping[str, str]) -> Response:
        page = replace(OUT_OF_DATE, leads_to=path_of(request, form))
        return request.with_session_cookie(error_response(page, request.site, request))

    return explain


def leads_back_to(path: str) -> FormFunction:
    """The same for a form that is always on one page."""
    return leads_back(lambda _request, _form: path)
