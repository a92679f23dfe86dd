"""The switch at the foot of each page: it remembers a language in a cookie, and leads back to the page."""

import re
from collections.abc import Mapping

from babel import Locale
from starlette.responses import Response

from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.translation import languages

LANGUAGE_PATH = "/language"

_LIFETIME = 365 * 86_400
"""Seconds for which a browser keeps the choice."""

_WITH_CODE = ("/D/", "/device")

_PAGE = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}", re.ASCII)
"""A path of this site with its query; ``//`` and a backslash would lead a browser to another host."""


def language_names() -> dict[str, str]:
    """What each language calls itself, by its code."""
    return {code: _name(code) for code in languages()}


def _name(code: str) -> str:
    name = Locale.parse(code, sep="-").get_display_name() or code
    return name[:1].upper() + name[1:]


def page_to_come_back_to(request: PageRequest) -> str | None:
    """The path and query of the page; None if it can't be opened again, because a form made it.

    A link of another site loses its code: a browser would open it again as if this site had led there.
    """
    http = request.http
    if http.method != "GET":
        return None
    path, query = http.url.path, http.url.query
    if path.startswith(_WITH_CODE) and http.headers.get("sec-fetch-site") == "cross-site":
        return "/device"
    return f"{path}?{query}" if query else path


async def choose_language(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /language."""
    language, page = form.get("language", ""), form.get("page", "")
    response = request.redirect(page if _PAGE.fullmatch(page) else "/")
    if language in languages():
        response.set_cookie(
            request.site.language_cookie_name,
            language,
            max_age=_LIFETIME,
            secure=request.site.is_https,
            httponly=True,
            samesite="lax",
            path="/",
        )
    return response
