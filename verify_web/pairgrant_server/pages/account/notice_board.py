"""The notice board: written here, and shown by the devices with the scope to read it."""

from collections.abc import Mapping

from starlette.responses import Response

from pairgrant_protocol.visible_text import visible
from pairgrant_server.pages.account.device_cards import cards_of
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page
from pairgrant_server.resource_server.notice_boards import MAX_CHARACTERS, BoardError
from pairgrant_server.resource_server.protected_resource import READ

_SIGN_IN = "/signin?next=/board"


@page("/board")
async def notice_board(request: PageRequest) -> Response:
    if request.session.user_id is None:
        return request.redirect(_SIGN_IN)
    return await _board(request, request.session.user_id)


async def add_notice(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /board/add."""
    user_id, text = request.session.user_id, form.get("text", "")
    if user_id is None:
        return request.redirect(_SIGN_IN)
    try:
        await request.site.board.post(user_id, text)
    except BoardError as error:
        return await _board(request, user_id, text=text, error=error.text, status=422)
    return request.redirect("/board")


async def remove_notice(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /board/remove."""
    if request.session.user_id is None:
        return request.redirect(_SIGN_IN)
    await request.site.board.remove(request.session.user_id, form.get("notice_id", ""))
    return request.redirect("/board")


async def _board(
    request: PageRequest, user_id: str, *, text: str = "", error: str | None = None, status: int = 200
) -> Response:
    now = request.site.clock()
    notices = [
        {"notice_id": notice.notice_id, "text": visible(notice.text), "age": now - notice.created_at}
        for notice in await request.site.board.notices(user_id)
    ]
    cards = await cards_of(request, user_id)
    screens = list(dict.fromkeys(card.name for card in cards if READ in card.scope))
    return render_page(
        request,
        "board.html",
        status=status,
        notices=notices,
        screens=screens,
        text=text,
        error=error,
        longest=MAX_CHARACTERS,
    )
