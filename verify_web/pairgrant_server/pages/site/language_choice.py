"""The switch at the foot of each page: a cookie and the account remember it, and the page comes again."""

import re
from collections.abc import Mapping
from functools import cache

from babel import Locale
from starlette.responses import Response

from pairgrant_server.accounts.upstream.upstream_sign_in import CALLBACK
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.translation import languages

LANGUAGE_PATH = "/language"

_LIFETIME = 365 * 86_400
"""Seconds for which a browser keeps the choice."""

_PAGE = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}", re.ASCII)
"""A path of this site with its query; ``//`` and a backslash would lead a browser to another host."""


def language_names() -> dict[str, str]:
    """What each language calls itself, by its code."""
    return {code: _name(code) for code in languages()}


@cache
def _name(code: str) -> str:
    name = Locale.parse(code, sep="-").get_display_name() or code
    return name[:1].upper() + name[1:]


def page_to_come_back_to(request: PageRequest) -> str | None:
    """The path and query of the page; None if it can't be opened again.

    A form made it, or the response of another provider, whose address has a code that is used up.
    A link of another site loses its code: a browser would open it again as if this site had led there.
    """
    http = request.http
    path, query = http.url.path, http.url.query
    if http.method != "GET" or path.startswith(CALLBACK):
        return None
    if (path == "/device" or path.startswith("/D/")) and http.headers.get("sec-fetch-site") == "cross-site":
        return "/device"
    return f"{path}?{query}" if query else path


async def choose_language(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /language."""
    language = form.get("language", "")
    if language in languages() and (user := request.user) is not None:
        await request.site.people.set_language(user, language)
    return await choose_language_of_browser(request, form)


async def choose_language_of_browser(request: PageRequest, form: Mapping[str, str]) -> Response:
    """The same from a page of another session, which must not change an account."""
    language, page = form.get("language", ""), form.get("page", "")
    response = request.redirect(page if _PAGE.fullmatch(page) else "/")
    return remember_language(request, response, language) if language in languages() else response


def remember_language(request: PageRequest, response: Response, language: str) -> Response:
    """Set the cookie that also counts after signing out, if this is a language; else remove it."""
    name, is_https = request.site.language_cookie_name, request.site.is_https
    if language in languages():
        response.set_cookie(
            name, language, max_age=_LIFETIME, secure=is_https, httponly=True, samesite="lax", path="/"
        )
    else:
        response.delete_cookie(name, secure=is_https, httponly=True, samesite="lax", path="/")
    return response
