"""Parses the responses of protected resources (RFC 6750 §3): the userinfo endpoint and the notice board;
pure.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from pairgrant.errors import NotGrantedError, ServerFaultError, TokenRejectedError
from pairgrant.oauth.http_response import HttpResponse
from pairgrant.oauth.responses import busy, parsed
from pairgrant.translation import Translatable
from pairgrant_protocol.json_object import (
    MalformedMessageError,
    optional_seconds,
    optional_text,
    parse_object,
    text,
)
from pairgrant_protocol.vocabulary import ErrorCode

_MAX_NOTICES = 200
_MAX_PAGE = 200
_SCOPE = re.compile(r'\bscope="([!#-\[\]-~ ]{1,200})"')
"""The ``scope`` attribute of a challenge, in the characters of RFC 6749 §3.3."""


@dataclass(frozen=True, slots=True)
class UserInfo:
    """The user who approved (OpenID Connect Core §5.1); both texts come from the server."""

    name: str | None = None
    preferred_username: str | None = None
    subject: str | None = None

    @property
    def display_name(self) -> str | None:
        return self.name or self.preferred_username


@dataclass(frozen=True, slots=True)
class BoardNotice:
    """One notice; ``created_at`` is Unix time in seconds, None where the server doesn't say."""

    text: str
    created_at: float | None = None


def parse_userinfo(response: HttpResponse) -> UserInfo:
    """The userinfo response; raises as ``members_of`` does."""
    return parsed(_userinfo, members_of(response))


def parse_notices(response: HttpResponse) -> tuple[BoardNotice, ...]:
    """The notices, newest first as the server lists them; raises as ``members_of`` does."""
    return parsed(_notices, members_of(response))


def parse_page(response: HttpResponse, *, board: str) -> str | None:
    """The address of the page where a person posts notices: an extra member of Pairgrant's boards.

    Only an http or https address at the origin of ``board`` counts, because it is shown to be opened.
    """
    try:
        page = optional_text(members_of(response), "page", limit=_MAX_PAGE)
    except MalformedMessageError:
        return None
    if page is None or not page.isascii() or not page.isprintable() or " " in page:
        return None
    try:
        found, known = urlsplit(page), urlsplit(board)
        same = (found.scheme, found.netloc) == (known.scheme, known.netloc)
    except ValueError:
        return None
    return page if same and found.scheme in {"http", "https"} and "@" not in found.netloc else None


def members_of(response: HttpResponse) -> dict[str, Any]:
    """The JSON object of a successful response.

    Raises:
        TokenRejectedError: 401; another access token may be accepted.
        NotGrantedError: 403; the access token lacks a scope.
        ServerBusyError, ServerFaultError: as status and body say.
    """
    if response.status == HTTPStatus.UNAUTHORIZED:
        raise TokenRejectedError(Translatable("The server rejected this device's access token."))
    if response.status == HTTPStatus.FORBIDDEN:
        raise NotGrantedError(_insufficient_scope(response.challenge or ""), ErrorCode.INSUFFICIENT_SCOPE)
    if response.is_temporary:
        raise busy(response)
    if response.status != HTTPStatus.OK:
        raise ServerFaultError(
            Translatable("The server responded with {status} instead of 200.", status=response.status)
        )
    return _object(response)


def missing_scope(scope: str) -> str:
    """One sentence for a person whose device lacks ``scope``."""
    return Translatable(
        "This device was connected without the scope {scope}: "
        "its client may not use it, or it was not approved.",
        scope=scope,
    )


def _insufficient_scope(challenge: str) -> str:
    """One sentence about the scope that the server requires, where its challenge names it (RFC 6750 §3)."""
    found = _SCOPE.search(challenge)
    if found is None:
        return Translatable("This device was connected without the permission to see this.")
    return missing_scope(found[1])


def _object(response: HttpResponse) -> dict[str, Any]:
    try:
        return parse_object(response.body)
    except MalformedMessageError as malformed:
        text = Translatable("The server's response can't be used: {reason}.", reason=malformed)
        raise ServerFaultError(text) from None


def _userinfo(members: dict[str, Any]) -> UserInfo:
    return UserInfo(
        name=optional_text(members, "name", limit=200),
        preferred_username=optional_text(members, "preferred_username", limit=200),
        subject=optional_text(members, "sub", limit=255),
    )


def _notices(members: dict[str, Any]) -> tuple[BoardNotice, ...]:
    listed = members.get("notices")
    if not isinstance(listed, list) or not all(isinstance(notice, dict) for notice in listed):
        raise MalformedMessageError("notices is not a list of objects")
    return tuple(
        BoardNotice(text(notice, "text"), optional_seconds(notice, "created_at"))
        for notice in listed[:_MAX_NOTICES]
    )
