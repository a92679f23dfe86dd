"""An HTTP response as the readers of responses are given it: bounded and complete, with nothing read into it yet."""

from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """Header texts are None where the header is missing."""

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
    def wants_nonce(self) -> bool:
        """Whether it was refused only because its proof lacks the nonce that comes along (RFC 9449 §8, §9)."""
        return self.dpop_nonce is not None and (
            (self.status == HTTPStatus.BAD_REQUEST and b'"use_dpop_nonce"' in self.body)
            or (self.status == HTTPStatus.UNAUTHORIZED and 'error="use_dpop_nonce"' in (self.challenge or ""))
        )

    @property
    def is_temporary(self) -> bool:
        """Whether the status says "not now" rather than "no"."""
        return self.status == HTTPStatus.TOO_MANY_REQUESTS or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
