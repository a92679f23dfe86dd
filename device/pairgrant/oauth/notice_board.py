"""Reads the notices of the user who connected this device, from the protected resource that its access token
opens.
"""

from pairgrant.oauth.resource_responses import BoardNotice, parse_notices, parse_page
from pairgrant.oauth.transport import Transport
from pairgrant_protocol.secret import Secret

BOARD_READ = "board:read"
"""The scope that Pairgrant's server requires for reading notices."""

_NOT_MODIFIED = 304


class NoticeBoard:
    """The notices at one resource identifier; keeps the last response, so that an unchanged board costs only
    a 304.
    """

    def __init__(self, transport: Transport, *, resource: str) -> None:
        self._transport = transport
        self._url = resource.rstrip("/") + "/notices"
        self._etag: str | None = None
        self._notices: tuple[BoardNotice, ...] = ()
        self.page: str | None = None
        """Where a person posts notices, once a response has said it."""

    async def notices(self, access_token: Secret) -> tuple[BoardNotice, ...]:
        """The current notices.

        Raises:
            TokenRejectedError: another access token may be accepted.
            PairgrantError: the board can't be read.
        """
        condition = {"If-None-Match": self._etag} if self._etag else {}
        response = await self._transport.get(self._url, condition, access_token=access_token)
        if response.status == _NOT_MODIFIED and self._etag:
            return self._notices
        self._notices = parse_notices(response)
        self.page = parse_page(response, board=self._url)
        self._etag = _safe_etag(response.etag)
        return self._notices


def _safe_etag(etag: str | None) -> str | None:
    """An entity tag that may be sent back unchanged: short, printable ASCII."""
    return etag if etag and len(etag) <= 200 and etag.isascii() and etag.isprintable() else None
