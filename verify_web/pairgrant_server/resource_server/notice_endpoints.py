"""The HTTP endpoints of a board: read notices, post one, remove one."""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

from pairgrant_protocol.json_object import MalformedMessageError, parse_object
from pairgrant_server.authorization_server.model.records import Notice
from pairgrant_server.resource_server.http import (
    NO_STORE,
    NOSNIFF,
    Headers,
    ResourceError,
    ResourceRequest,
    ResourceResponse,
    json_response,
    read_json_body,
)
from pairgrant_server.resource_server.notice_boards import BoardError, BoardFullError, NoticeBoards

_REVALIDATE: Headers = ((b"cache-control", b"private, no-cache"), (b"vary", b"authorization"))
"""Only the device itself may cache a response, and has to revalidate it each time."""

_OPAQUE_TAG = re.compile(r'"[^"]*"')
"""``W/`` before it is ignored, because If-None-Match compares weakly (RFC 9110 §13.1.2)."""

_NOTICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

Endpoint = Callable[[ResourceRequest, str], Awaitable[ResourceResponse]]
"""Responds to a request for the board of the user with the given identifier."""


class NoticeEndpoints:
    """``page`` is the address where a person posts notices, for devices to show.

    Raises (every endpoint): ``ResourceError``, ``DisconnectedError``, ``StoreUnavailableError``.
    """

    def __init__(self, board: NoticeBoards, page: str | None) -> None:
        self._board = board
        self._page = {} if page is None else {"page": page}

    async def read(self, request: ResourceRequest, user_id: str) -> ResourceResponse:
        """200, or 304 if the device already has it (RFC 9110 §13.1.2)."""
        notices = await self._board.notices(user_id)
        listed = {"notices": [_wire(notice) for notice in notices]}
        response = json_response({**listed, **self._page}, headers=_REVALIDATE)
        etag = f'"{sha256(response.body).hexdigest()[:32]}"'
        tagged = (b"etag", etag.encode())
        if _holds(", ".join(request.values(b"if-none-match")), etag):
            return ResourceResponse(304, (tagged, *NOSNIFF, *_REVALIDATE))
        return ResourceResponse(200, (*response.headers, tagged), response.body)

    async def post(self, request: ResourceRequest, user_id: str) -> ResourceResponse:
        body = await read_json_body(request)
        try:
            members = parse_object(body)
        except MalformedMessageError:
            raise ResourceError(400, "invalid_request", "the body is not a JSON object") from None
        text = members.get("text")
        if not isinstance(text, str):
            raise ResourceError(400, "invalid_request", "text is missing, or is not a string")
        try:
            notice = await self._board.post(user_id, text)
        except BoardFullError as full:
            raise ResourceError(409, "board_full", str(full)) from None
        except BoardError as error:
            raise ResourceError(422, "invalid_notice", str(error)) from None
        return json_response(_wire(notice), status=201)

    def remove(self, notice_id: str) -> Endpoint | None:
        """The endpoint of one notice; None if no notice can have that identifier."""
        if not _NOTICE_ID.fullmatch(notice_id):
            return None

        async def remove(_: ResourceRequest, user_id: str) -> ResourceResponse:
            if not await self._board.remove(user_id, notice_id):
                raise ResourceError(404, "not_found", "there is no such notice on this board")
            return ResourceResponse(204, (*NOSNIFF, *NO_STORE))

        return remove


def _wire(notice: Notice) -> dict[str, Any]:
    return {"id": notice.notice_id, "text": notice.text, "created_at": int(notice.created_at)}


def _holds(if_none_match: str, etag: str) -> bool:
    return if_none_match.strip() == "*" or etag in _OPAQUE_TAG.findall(if_none_match)
