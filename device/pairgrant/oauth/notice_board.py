"""The notices of the person who connected this device, from the protected resource that its access token opens."""

from pairgrant.oauth.resource_responses import Notice, read_notices
from pairgrant.oauth.transport import Exchange
from pairgrant_protocol.secret import Secret

_NOT_MODIFIED = 304


class NoticeBoard:
    """The board at one resource identifier; remembers the last answer, so that an unchanged one costs 304."""

    def __init__(self, exchange: Exchange, *, resource: str) -> None:
        self._exchange = exchange
        self._url = resource.rstrip("/") + "/notices"
        self._etag: str | None = None
        self._notices: tuple[Notice, ...] = ()

    async def notices(self, access_token: Secret) -> tuple[Notice, ...]:
        """The notices now.

        Raises:
            TokenRejectedError: another access token may help.
            DeviceError: the board can't be read; the last notices stay as they were.
        """
        condition = {"If-None-Match": self._etag} if self._etag else {}
        answer = await self._exchange.get(self._url, condition, access_token=access_token)
        if answer.status == _NOT_MODIFIED and self._etag:
            return self._notices
        self._notices = read_notices(answer)
        self._etag = _safe_etag(answer.etag)
        return self._notices


def _safe_etag(etag: str | None) -> str | None:
    """An entity tag that may be sent back as it came: short, printable ASCII."""
    return etag if etag and len(etag) <= 200 and etag.isascii() and etag.isprintable() else None
