"""The notices of the person who connected this device, from the protected resource that its access token opens."""

from pairgrant.oauth.resource_responses import BoardNotice, read_notices
from pairgrant.oauth.transport import Transport
from pairgrant_protocol.secret import Secret

_NOT_MODIFIED = 304


class NoticeBoard:
    """The board at one resource identifier; remembers the last response, so that an unchanged one costs 304."""

    def __init__(self, transport: Transport, *, resource: str) -> None:
        self._transport = transport
        self._url = resource.rstrip("/") + "/notices"
        self._etag: str | None = None
        self._notices: tuple[BoardNotice, ...] = ()

    async def notices(self, access_token: Secret) -> tuple[BoardNotice, ...]:
        """The notices now.

        Raises:
            TokenRejectedError: another access token may help.
            PairgrantError: the board can't be read; the last notices stay as they were.
        """
        condition = {"If-None-Match": self._etag} if self._etag else {}
        response = await self._transport.get(self._url, condition, access_token=access_token)
        if response.status == _NOT_MODIFIED and self._etag:
            return self._notices
        self._notices = read_notices(response)
        self._etag = _safe_etag(response.etag)
        return self._notices


def _safe_etag(etag: str | None) -> str | None:
    """An entity tag that may be sent back as it came: short, printable ASCII."""
    return etag if etag and len(etag) <= 200 and etag.isascii() and etag.isprintable() else None
