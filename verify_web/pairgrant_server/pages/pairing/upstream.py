"""Signing in at another provider, step (D): the button, and the redirect URI that the browser comes back to.

The redirect URI changes state on a GET, as OpenID Connect requires; it works only in the browser session
that started the sign-in, and only once.
"""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import HTMLResponse, Response

from pairgrant_server.accounts.upstream.upstream_error import UpstreamError
from pairgrant_server.accounts.upstream.upstream_sign_in import CALLBACK
from pairgrant_server.authorization_server.model.records import Upstream
from pairgrant_server.pages.pairing.sign_in import welcome
from pairgrant_server.pages.pairing.sign_in_form import next_page_of, request_behind, sign_in_path
from pairgrant_server.pages.pairing.upstream_error_pages import upstream_error_page
from pairgrant_server.pages.site import error_pages
from pairgrant_server.pages.site.error_pages import error_response
from pairgrant_server.pages.site.flash import Flash
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page
from pairgrant_server.security_events import SecurityEvent, emit

SIGN_IN_WITH = "/signin/with/"
_URI = "uri"
_LONGEST_URI = 2000
"""Characters that fit into a cookie; a longer one is in the response to the form itself."""


async def sign_in_with(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /signin/with/{name}."""
    upstream = await _upstream(request)
    if upstream is None:
        return error_response(error_pages.NOT_FOUND, request.site, request)
    next_page = next_page_of(form.get("next"))
    try:
        uri = await request.site.upstream_sign_in.begin(
            upstream,
            request.cookie,
            next_page=next_page,
            user_code=form.get("user_code"),
            wants_fresh=await _wants_fresh(request, next_page),
            pairing=None if request.pairing is None else request.pairing.mark,
        )
    except UpstreamError as error:
        return _error(request, error, upstream, next_page)
    if len(uri) > _LONGEST_URI:
        return _leaving(request, upstream, uri)
    return request.redirect(f"{SIGN_IN_WITH}{upstream.name}", Flash(typed={_URI: uri}))


@page(SIGN_IN_WITH + "{name}")
async def leave(request: PageRequest) -> Response:
    """The page that forwards to the provider by itself.

    It is no redirect: Chromium applies ``form-action`` to the whole chain of redirects after a form, and this
    server can't know where a provider redirects people.
    """
    upstream, uri = await _upstream(request), request.take_flash().typed.get(_URI)
    if upstream is None:
        return error_response(error_pages.NOT_FOUND, request.site, request)
    if uri is None:
        return request.redirect("/signin")
    return _leaving(request, upstream, uri)


def _leaving(request: PageRequest, upstream: Upstream, uri: str) -> Response:
    leaving: HTMLResponse = render_page(request, "leaving.html", label=upstream.label, uri=uri)
    leaving.headers["Refresh"] = f"0; url={uri}"
    return leaving


@page(CALLBACK + "{name}")
async def come_back(request: PageRequest) -> Response | None:
    site, upstream = request.site, await _upstream(request)
    if upstream is None:
        return error_response(error_pages.NOT_FOUND, site)
    attempt = await site.upstream_sign_in.attempt(request.cookie)
    parameters = request.http.query_params.multi_items()
    try:
        user = await site.upstream_sign_in.finish(upstream, attempt, parameters)
    except UpstreamError as error:
        emit(
            SecurityEvent.SIGN_IN_FAILED,
            network=request.network,
            upstream=upstream.name,
            reason=error.failure.value,
        )
        return _error(request, error, upstream, None if attempt is None else attempt.next_page)
    emit(
        SecurityEvent.SIGN_IN_SUCCEEDED,
        network=request.network,
        user_id=user.user_id,
        upstream=upstream.name,
    )
    signed_in = await request.in_session(await site.sessions.sign_in(request.cookie, user))
    if attempt is not None:
        signed_in = replace(signed_in, mark=attempt.pairing)
    next_page, user_code = (None, None) if attempt is None else (attempt.next_page, attempt.user_code)
    return signed_in.with_known_browser_cookie(user, await welcome(signed_in, next_page, user_code))


async def _upstream(request: PageRequest) -> Upstream | None:
    return await request.site.upstream_sign_in.upstream(request.http.path_params["name"])


async def _wants_fresh(request: PageRequest, next_page: str | None) -> bool:
    """Whether the authorization request limits the age of the sign-in, so the provider must ask again."""
    pending = await request_behind(request, next_page)
    return pending is not None and (
        pending.request.wants_fresh_sign_in or pending.request.max_age is not None
    )


def _error(request: PageRequest, error: UpstreamError, upstream: Upstream, next_page: str | None) -> Response:
    sign_in = "/signin" if next_page is None else sign_in_path(next_page)
    return error_response(upstream_error_page(error.failure, upstream, sign_in), request.site, request)
