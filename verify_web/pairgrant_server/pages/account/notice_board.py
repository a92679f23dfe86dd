"""The notice board: written here, and shown by the devices with the scope to read it."""

from collections.abc import Mapping

from starlette.responses import Response

from pairgrant_protocol.visible_text import visible
from pairgrant_server.pages.pairing.sign_in_form import KEPT
from pairgrant_server.pages.site.flash import Flash
from pairgrant_server.pages.site.out_of_date import SEND_AGAIN
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page
from pairgrant_server.pages.site.shown_name import ShownName
from pairgrant_server.resource_server.notice_boards import MAX_CHARACTERS, BoardError, random_id
from pairgrant_server.resource_server.protected_resource import READ
from pairgrant_server.translation import Translatable

SIGN_IN_TO_ADD = Translatable("Please sign in first. What you typed is kept.")

ONCE = "once"
"""A field that is different each time the form is shown, so that a second tap adds no second notice."""

_SIGN_IN = "/signin?next=/board"

_MOST_SCREENS = 5
"""Screens that are named; the others are counted."""


@page("/board")
async def notice_board(request: PageRequest) -> Response:
    if request.session.user_id is None:
        return request.redirect(_SIGN_IN)
    return await _board(request, request.session.user_id, request.take_flash())


async def add_notice(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /board/add."""
    user_id, text = request.session.user_id, form.get("text", "")
    if user_id is None:
        return _sign_in_first(request, text)
    try:
        await request.site.board.post(user_id, text, once=form.get(ONCE))
    except BoardError as error:
        return request.redirect("/board", Flash(error=error.text, typed={"text": text}))
    return request.redirect("/board")


async def add_notice_again(request: PageRequest, form: Mapping[str, str]) -> Response:
    """The response to a notice from another session."""
    text = form.get("text", "")
    if request.session.user_id is None:
        return _sign_in_first(request, text)
    return request.redirect("/board", Flash(notice=SEND_AGAIN, typed={"text": text}))


def _sign_in_first(request: PageRequest, text: str) -> Response:
    return request.redirect(_SIGN_IN, Flash(notice=SIGN_IN_TO_ADD, typed={KEPT: text}))


async def remove_notice(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /board/remove."""
    if request.session.user_id is None:
        return request.redirect(_SIGN_IN)
    await request.site.board.remove(request.session.user_id, form.get("notice_id", ""))
    return request.redirect("/board")


async def remove_notice_again(request: PageRequest, _form: Mapping[str, str]) -> Response:
    """The response to a removal from another session."""
    return request.redirect("/board", Flash(notice=SEND_AGAIN))


async def _board(request: PageRequest, user_id: str, flash: Flash) -> Response:
    now = request.site.clock()
    notices = [
        {"notice_id": notice.notice_id, "text": visible(notice.text), "age": now - notice.created_at}
        for notice in await request.site.board.notices(user_id)
    ]
    screens = await _screens(request, user_id)
    return render_page(
        request,
        "board.html",
        notices=notices,
        screens=screens[:_MOST_SCREENS],
        more_screens=max(len(screens) - _MOST_SCREENS, 0),
        text=flash.typed.get("text", ""),
        error=flash.error,
        notice=flash.notice,
        once=random_id(),
        longest=MAX_CHARACTERS,
    )


async def _screens(request: PageRequest, user_id: str) -> list[ShownName]:
    """The names of the devices that show the board, each once, the newest device's first."""
    clients = request.site.clients
    names = []
    for device in await request.site.devices.of_user(user_id):
        if READ in device.scope:
            client = clients.known(device.client_id) or await clients.client(device.client_id)
            names.append(ShownName.of(client, device.client_id, device.name, device.given_name))
    return list(dict.fromkeys(names))
