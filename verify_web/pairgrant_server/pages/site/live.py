"""Live pages: complete as they arrive, then kept up to date by NiceGUI.

Once its socket has connected, NiceGUI takes over the one element ``#app``. There it shows the page's ``part`` again
whenever what the part is made from has changed. Nothing is ever decided over that socket: it has no event to send.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import nicegui
from nicegui import Client, ui
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from pairgrant_server.front.faults import Fault, fault_of
from pairgrant_server.front.security_headers import NONCE
from pairgrant_server.pages.site.problems import BROKEN
from pairgrant_server.pages.site.rendering import environment, frame, render, still, strangers_frame
from pairgrant_server.pages.site.visit import Visit

_PAGE = "pairgrant.live_page"
"""Key of the ASGI scope: the template, and its context, that NiceGUI is about to be asked for."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a live part is made from now; ``leads_to`` is another page to go to instead."""

    context: Mapping[str, Any] = field(default_factory=dict)
    is_last: bool = False
    leads_to: str | None = None


def live(
    visit: Visit,
    template: str,
    part: str,
    context: Mapping[str, Any],
    *,
    every: float,
    renew: Callable[[], Awaitable[Renewed]],
) -> Response | None:
    """A page whose ``part`` is made anew ``every`` so many seconds; None is what tells NiceGUI to render it.

    Where as many pages are live as the server wants to hold, this one comes still.
    """
    if len(Client.instances) > visit.site.live_clients:
        return still(visit, template, **context)
    visit.request.scope[_PAGE] = {"template": template, **frame(visit), **context}
    _make_plain(ui.context.client)
    region = ui.element("div")
    region.props["innerHTML"] = render(part, {**frame(visit), **context})

    async def tick() -> None:
        try:
            renewed = await renew()
        except Exception as error:  # noqa: BLE001 - the page stays as it is; what passes is tried again
            if fault_of(error) is Fault.OURS:
                timer.cancel()
            return
        if renewed.is_last or renewed.leads_to is not None:
            timer.cancel()
        if renewed.leads_to is not None:
            ui.navigate.to(renewed.leads_to)
            return
        html = render(part, {**frame(visit), **renewed.context})
        if html != region.props["innerHTML"]:
            region.props["innerHTML"] = html

    timer = ui.timer(every, tick)
    return None


def use_our_page_template() -> None:
    """Make NiceGUI render our document instead of its own.

    Ours has a nonce just where a script of ours stands, nothing inline besides, and no Quasar; the page can be read
    before any script has arrived.
    """
    nicegui.client.templates = Jinja2Templates(env=environment, context_processors=[_live_context])


def _live_context(request: Request) -> dict[str, Any]:
    """What our page needs beside NiceGUI's own variables; without a page of ours, NiceGUI is showing an error."""
    broken = {"template": "problem.html", "problem": BROKEN, **strangers_frame("")}
    page: dict[str, Any] = request.scope.get(_PAGE, broken)
    return {**page, "live": True, "nonce": request.scope.get(NONCE, "")}


def _make_plain(client: Client) -> None:
    """NiceGUI's layout as plain elements: its own are Quasar's, and would bring a second <main>."""
    slot = client.content.parent_slot
    assert slot is not None  # noqa: S101 - NiceGUI made it inside its own page element
    for shell in (client.layout, client.page_container, slot.parent):
        shell.tag = "div"
    client.layout.props.clear()
