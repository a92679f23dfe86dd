"""Live pages: complete as they arrive, then kept up to date by ``static/live/*.js``.

Its updates come over NiceGUI's socket. Where none gets through, or too many are open, the script asks for
the same page with the header ``X-Pairgrant-Part``, and the response is the live part alone. The browser sends
no events over the socket, so nothing is ever decided there.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from hmac import compare_digest
from typing import Any

import nicegui
from nicegui import Client, ui
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.templating import Jinja2Templates

from pairgrant_server.front.security_headers import LIVE_MARK, NONCE
from pairgrant_server.pages.site.error_pages import INTERNAL_ERROR, error_page_of
from pairgrant_server.pages.site.live_part import LivePart, Part
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import (
    anonymous_layout,
    environment,
    layout,
    render,
    render_page,
    render_title,
)
from pairgrant_server.pages.site.scope_texts import KNOWN_SCOPES
from pairgrant_server.pages.site.site import site_of
from pairgrant_server.request_id import request_id
from pairgrant_server.translation import reader, write_for

_PAGE = "pairgrant.live_page"
"""Key of the ASGI scope: the template that NiceGUI will render, and its context."""

_COOKIE = "pairgrant.live_page_cookie"
"""Key of the ASGI scope: the session cookie with which the page was made."""


@dataclass(frozen=True, slots=True)
class LiveUpdate:
    """The new context of a live part; ``leads_to`` sends the browser to another page instead."""

    context: Mapping[str, Any] = field(default_factory=dict)
    is_last: bool = False
    leads_to: str | None = None


def live_page(
    request: PageRequest,
    template: str,
    part: str,
    context: Mapping[str, Any],
    *,
    every: float,
    update: Callable[[], Awaitable[LiveUpdate]],
    is_last: bool = False,
) -> Response | None:
    """Render a page whose ``part`` is updated ``every`` so many seconds; None lets NiceGUI render it.

    ``is_last``: it will not change, so that it needs no script. When the server already holds as many live
    pages as it may, the page polls.
    """
    whole = {**layout(request), **context}
    if request.wants_part:
        made = _part(template, part, whole, is_last=is_last)
        return request.with_session_cookie(JSONResponse(asdict(made)))
    if is_last:
        return render_page(request, template, **context)
    if len(Client.instances) > request.site.live_clients:
        response = render_page(request, template, **context, polls=True, nonce=request.http.scope[NONCE])
        response.headers[LIVE_MARK] = "page"
        return response
    request.http.scope[_PAGE] = {"template": template, **whole}
    request.http.scope[_COOKIE] = request.site.cookie_name, request.cookie
    _make_plain(ui.context.client)
    shown = LivePart(_part(template, part, whole))

    someone = reader()

    async def tick() -> None:
        write_for(someone)
        try:
            fresh = await update()
            await request.site.scopes.refresh()
        except Exception as error:  # noqa: BLE001 - the page stays as it is; a temporary failure is retried
            if error_page_of(error) is INTERNAL_ERROR:
                timer.cancel()
            return
        if fresh.is_last or fresh.leads_to is not None:
            timer.cancel()
        if fresh.leads_to is not None:
            ui.navigate.to(fresh.leads_to)
            return
        now = {**whole, KNOWN_SCOPES: request.site.scopes.known, **fresh.context}
        shown.show(_part(template, part, now, is_last=fresh.is_last))

    timer = ui.timer(every, tick)
    return None


def _part(template: str, part: str, context: Mapping[str, Any], *, is_last: bool = False) -> Part:
    return Part(render_title(template, context), render(part, context), is_last)


def is_in_session(page: Client, cookies: Mapping[str, str]) -> bool:
    """Whether ``cookies`` have the session in which ``page`` was made."""
    name, cookie = page.request.scope.get(_COOKIE, ("", None))
    return cookie is not None and compare_digest(cookie.reveal().encode(), cookies.get(name, "").encode())


def use_our_page_template() -> None:
    """Make NiceGUI render our document instead of its own.

    Ours has no inline code without a nonce and no Quasar, and is readable before any script has loaded.
    """
    nicegui.client.templates = Jinja2Templates(env=environment, context_processors=[_live_context])


def _live_context(request: Request) -> dict[str, Any]:
    """Our variables beside NiceGUI's own; without a page of ours, NiceGUI is rendering an error."""
    broken = {
        "template": "error.html",
        "error_page": INTERNAL_ERROR,
        "reference": request_id(),
        **anonymous_layout(site_of(request)),
    }
    page: dict[str, Any] = request.scope.get(_PAGE, broken)
    return {**page, "live": page is not broken, "nonce": request.scope.get(NONCE, "")}


def _make_plain(client: Client) -> None:
    """Use plain elements for NiceGUI's layout: its own are Quasar components and add a second <main>."""
    slot = client.content.parent_slot
    assert slot is not None  # noqa: S101 - NiceGUI made it inside its own page element
    for shell in (client.layout, client.page_container, slot.parent):
        shell.tag = "div"
    client.layout.props.clear()
