"""A person's account: who it is, and the language and time zone of the pages."""

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from starlette.responses import Response

from pairgrant_server.accounts.account_error import AccountError
from pairgrant_server.pages.site.language_choice import remember_language
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page

ACCOUNT_PATH = "/account"

_SIGN_IN = "/signin?next=/account"
_AREAS = ("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/")
_MORE_AREAS = ("Indian/", "Pacific/")


@page(ACCOUNT_PATH)
async def account(request: PageRequest) -> Response:
    if request.user is None:
        return request.redirect(_SIGN_IN)
    chosen = request.user.time_zone
    return render_page(
        request,
        "account.html",
        time_zones=_time_zones() if chosen in {None, *_time_zones()} else [chosen, *_time_zones()],
        is_saved="saved" in request.http.query_params,
    )


async def change_account(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /account."""
    if request.user is None:
        return request.redirect(_SIGN_IN)
    language, time_zone = form.get("language", ""), form.get("time_zone", "")
    try:
        await request.site.people.set_locale(request.user.user_id, language, time_zone)
    except AccountError:  # the form offers only what is known
        return request.redirect(ACCOUNT_PATH)
    return remember_language(request, request.redirect(f"{ACCOUNT_PATH}?saved"), language)


@cache
def _time_zones() -> list[str]:
    """The names that people know; the database has as many again, for computers."""
    return sorted(name for name in available_timezones() if name.startswith(_AREAS + _MORE_AREAS))
