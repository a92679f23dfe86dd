"""What a protected resource's responses mean (RFC 6750 §3): the userinfo endpoint and the board of notices; pure."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pairgrant.errors import NotGrantedError, ServerFaultError, TokenRejectedError
from pairgrant.oauth.http_response import HttpResponse
from pairgrant.oauth.responses import busy, parsed
from pairgrant_protocol.json_object import (
    MalformedMessageError,
    optional_seconds,
    optional_text,
    parse_object,
    text,
)
from pairgrant_protocol.vocabulary import ErrorCode

_MAX_NOTICES = 200


@dataclass(frozen=True, slots=True)
class UserInfo:
    """Who approved (OpenID Connect Core §5.1); the texts come from outside."""

    name: str | None = None
    preferred_username: str | None = None

    @property
    def called(self) -> str | None:
        return self.name or self.preferred_username


@dataclass(frozen=True, slots=True)
class BoardNotice:
    """One line on the board; ``created_at`` is Unix time in seconds, None where the server doesn't say."""

    text: str
    created_at: float | None = None


def read_userinfo(response: HttpResponse) -> UserInfo:
    """The userinfo response; raises as ``members_of`` does."""
    return parsed(_person, members_of(response))


def read_notices(response: HttpResponse) -> tuple[BoardNotice, ...]:
    """The board, newest first as the server lists it; raises as ``members_of`` does."""
    return parsed(_notices, members_of(response))


def members_of(response: HttpResponse) -> dict[str, Any]:
    """The JSON object of a successful response.

    Raises:
        TokenRejectedError: 401; another access token may be taken.
        NotGrantedError: 403; the scope doesn't reach.
        ServerBusyError, ServerFaultError: as status and body say.
    """
    if response.status == HTTPStatus.UNAUTHORIZED:
        raise TokenRejectedError("The server doesn't take this device's access token.")
    if response.status == HTTPStatus.FORBIDDEN:
        raise NotGrantedError(
            "This device was not allowed to see this when it was connected.", ErrorCode.INSUFFICIENT_SCOPE
        )
    if response.is_temporary:
        raise busy(response)
    if response.status != HTTPStatus.OK:
        raise ServerFaultError(f"The server answered {response.status} where 200 was expected.")
    return _object(response)


def _object(response: HttpResponse) -> dict[str, Any]:
    try:
        return parse_object(response.body)
    except MalformedMessageError as malformed:
        raise ServerFaultError(f"The server's response can't be used: {malformed}.") from None


def _person(members: dict[str, Any]) -> UserInfo:
    return UserInfo(
        name=optional_text(members, "name", limit=200),
        preferred_username=optional_text(members, "preferred_username", limit=200),
    )


def _notices(members: dict[str, Any]) -> tuple[BoardNotice, ...]:
    listed = members.get("notices")
    if not isinstance(listed, list) or not all(isinstance(notice, dict) for notice in listed):
        raise MalformedMessageError("notices is not a list of objects")
    return tuple(
        BoardNotice(text(notice, "text"), optional_seconds(notice, "created_at"))
        for notice in listed[:_MAX_NOTICES]
    )
