"""One request of the doctor and its response, as recorded; everything in it is from outside and untrusted."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pairgrant_protocol.json_object import MalformedMessageError, parse_object

Form = tuple[tuple[str, str], ...]
"""Parameters in the order of the request; a name may occur twice on purpose."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """``sent_at`` and ``received_at`` are seconds of the doctor's clock.

    ``status`` is 0 if there is no response; ``failure`` says why. Names of header fields are in lower case.
    """

    label: str
    method: str
    url: str
    form: Form = field(default=(), repr=False)
    content_type: str = ""
    sent_at: float = 0.0
    received_at: float = 0.0
    status: int = 0
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    failure: str = ""

    @property
    def members(self) -> dict[str, Any]:
        """The JSON object of the response; empty if it has none."""
        try:
            return _encodable(parse_object(self.body))
        except MalformedMessageError:
            return {}

    @property
    def is_json(self) -> bool:
        """Whether the body is a JSON object."""
        try:
            parse_object(self.body)
        except MalformedMessageError:
            return False
        return True

    @property
    def error(self) -> str:
        """The OAuth ``error``; "" if there is none."""
        return self.text("error")

    @property
    def is_ok(self) -> bool:
        return self.status == HTTPStatus.OK

    @property
    def is_fault(self) -> bool:
        """Whether the server failed: a status of 5xx, or no response."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or self.status == 0

    @property
    def has_code(self) -> bool:
        """Whether this is a device authorization response."""
        return self.is_ok and bool(self.text("device_code") and self.text("user_code"))

    @property
    def has_tokens(self) -> bool:
        return self.is_ok and bool(self.text("access_token"))

    @property
    def summary(self) -> str:
        """The status and error, for a sentence; other text of the server has no place in it."""
        if self.status == 0:
            return f"no response ({self.failure})"
        if self.has_tokens:
            return f"{self.status} with tokens"
        if self.has_code:
            return f"{self.status} with a code"
        error = self.error
        return f"{self.status} {error}" if error else f"{self.status} without an error code"

    def header(self, name: str) -> str:
        """All fields ``name``, joined by commas; "" if there is none."""
        return ", ".join(value for found, value in self.headers if found == name)

    def text(self, name: str) -> str:
        """The JSON member ``name`` if it is a text, else ""."""
        value = self.members.get(name)
        return value if isinstance(value, str) else ""


def _encodable(members: dict[str, Any]) -> dict[str, Any]:
    """``members`` with question marks in place of lone surrogates, which no request could carry."""
    text = json.dumps(members, ensure_ascii=False)
    if text.isascii():
        return members
    cleaned: dict[str, Any] = json.loads(text.encode(errors="replace"))
    return cleaned
