"""An HTTP response as the parsers of this package receive it: complete and of bounded size, but not yet
parsed.

The server has request and response classes of its own: they are built from bytes and written to a socket,
while this one is read from httpx. A shared class would make httpx or the server's framing part of the
protocol package.
"""

from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A header field is None where the response lacks it."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None
    preference_applied: str | None = None
    etag: str | None = None
    dpop_nonce: str | None = None
    date: str | None = None
    challenge: str | None = None
    """``WWW-Authenticate``."""

    @property
    def requires_nonce(self) -> bool:
        """Whether the request failed only because its proof lacks the nonce in ``DPoP-Nonce`` (RFC 9449 §8,
        §9).
        """
        return self.dpop_nonce is not None and (
            (self.status == HTTPStatus.BAD_REQUEST and b'"use_dpop_nonce"' in self.body)
            or (self.status == HTTPStatus.UNAUTHORIZED and 'error="use_dpop_nonce"' in (self.challenge or ""))
        )

    @property
    def is_temporary(self) -> bool:
        """Whether the status says "not now" (429, 5xx) rather than "no"."""
        return self.status == HTTPStatus.TOO_MANY_REQUESTS or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
