"""The notice boards of users: notices written on the phone or by a device, and shown by devices."""

import json
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256

from pairgrant_protocol.translatable import Translatable
from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.records import Notice
from pairgrant_server.authorization_server.store.interface.notices import NoticeStore
from pairgrant_server.errors import PairgrantServerError

MAX_CHARACTERS = 200
MAX_NOTICES = 50

NewId = Callable[[], str]
"""Makes an unguessable identifier that fits into a path."""

random_id: NewId = partial(secrets.token_hex, 16)

_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, lone surrogates (which no database takes), line and paragraph ends."""

_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class BoardError(PairgrantServerError, ValueError):
    """The notice can't be posted; the text says what to change."""


class BoardFullError(BoardError):
    """The board holds as many notices as it may."""


class NoticeBoards:
    """The service behind both the site's page and the API.

    Raises (every method):
        StoreUnavailableError: the database is gone for a while.
    """

    def __init__(self, store: NoticeStore, clock: Clock, new_id: NewId = random_id) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id

    async def notices(self, user_id: str) -> Sequence[Notice]:
        """The newest first."""
        return await self._store.notices(user_id)

    async def post(self, user_id: str, text: str, *, once: str | None = None) -> Notice:
        """Post a notice and return it; the same text with the same ``once`` is the same notice.

        Raises:
            BoardError: the text is empty, too long or not one line of plain text, or the board is full.
        """
        wanted = notice_text(text)
        notice_id = self._new_id() if once is None else _id_of(user_id, once, wanted)
        notice = Notice(notice_id, user_id, wanted, self._clock())
        if not await self._store.add_notice(notice, limit=MAX_NOTICES):
            if any(one.notice_id == notice_id for one in await self._store.notices(user_id)):
                return notice
            raise BoardFullError(
                Translatable("The board is full with {limit} notices. Remove one first.", limit=MAX_NOTICES)
            )
        return notice

    async def remove(self, user_id: str, notice_id: str) -> bool:
        """False if there is no such notice on this user's board."""
        return await self._store.remove_notice(user_id, notice_id)


def _id_of(user_id: str, once: str, text: str) -> str:
    """Other users can't take it, because only this user's posts are under this ``user_id``."""
    return sha256(json.dumps([user_id, once, text]).encode()).hexdigest()[:32]


def notice_text(text: str) -> str:
    """``text`` as it is stored: stripped, one line of 1 to ``MAX_CHARACTERS``, no control characters.

    Raises:
        BoardError: the text can't be stored like that.
    """
    stripped = text.strip()
    if len(stripped) > MAX_CHARACTERS:
        raise BoardError(
            Translatable(
                "A notice can have at most {limit} characters; this one has {count}.",
                limit=MAX_CHARACTERS,
                count=len(stripped),
            )
        )
    if _REFUSED & set(map(unicodedata.category, stripped)) or _BIDI_CONTROLS & set(stripped):
        raise BoardError(Translatable("A notice must be one line of plain text, without control characters."))
    if all(character.isspace() or visible(character) != character for character in stripped):
        # A joiner is part of an emoji; alone it is invisible.
        raise BoardError(Translatable("The notice is empty. Enter some text."))
    return stripped
