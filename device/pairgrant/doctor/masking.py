"""Masks secrets in what a report shows: only known harmless members are shown at all, and every code and
token that was seen is removed from them too.
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from pairgrant.doctor.addresses import parts_of
from pairgrant.doctor.exchange import Exchange
from pairgrant_protocol.visible_text import visible

SECRET_MEMBERS = frozenset(
    {
        "access_token",
        "refresh_token",
        "id_token",
        "device_code",
        "device_secret",
        "client_secret",
        "proof_key",
        "assertion",
        "code",
        "password",
    }
)
_SHOWN_MEMBERS = frozenset(
    {
        "error",
        "error_description",
        "error_uri",
        "token_type",
        "expires_in",
        "interval",
        "scope",
        "verification_uri",
        "verification_uri_complete",
        "verification_url",
        "issuer",
        "pairing_stage",
        "active",
        "device_authorization_endpoint",
        "token_endpoint",
        "grant_types_supported",
        "response_types_supported",
        "code_challenge_methods_supported",
    }
)
_SHOWN_PARAMETERS = frozenset({"client_id", "grant_type", "scope", "response_type", "redirect_uri"})
_SHOWN_HEADERS = ("content-type", "cache-control", "retry-after", "www-authenticate", "x-frame-options")
_LIMIT = 160
_MOST_MEMBERS = 12
_LEAST_SECRET = 6
"""Characters; shorter texts are not searched for in others, because they would hit words."""
_TOKEN_LIKE = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*){0,4}|(?=[a-z_-]*[A-Z0-9])[A-Za-z0-9_-]{40,}")
"""A JWT, or anything else that is too long to be a word."""


class Mask:
    """Collects the secrets of all exchanges, and shows exchanges without them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = {secret for secret in secrets if secret}
        self._user_codes: set[str] = set()

    def learn(self, exchange: Exchange) -> None:
        """Remember the codes and tokens in ``exchange``."""
        found = {*self._of_members(exchange.members), *self._of_members(dict(exchange.form))}
        self._secrets |= {secret for secret in found if len(secret) >= _LEAST_SECRET}
        code = exchange.text("user_code")
        if code:
            self._user_codes |= {code, re.sub(r"[\W_]+", "", code)}

    @staticmethod
    def _of_members(members: dict[str, Any]) -> set[str]:
        return {value for name, value in members.items() if name in SECRET_MEMBERS and isinstance(value, str)}

    def text(self, text: str, *, limit: int = _LIMIT) -> str:
        """``text`` from outside, bounded, visible and without secrets."""
        shown = text[: 8 * limit]
        for secret in sorted(self._secrets, key=len, reverse=True):
            for form in {secret, quote(secret, safe=""), quote_plus(secret)}:
                if len(form) >= _LEAST_SECRET:
                    shown = shown.replace(form, "[masked]")
        for code in sorted(self._user_codes, key=len, reverse=True):
            shown = re.sub(re.escape(code), masked_user_code(code), shown, flags=re.IGNORECASE)
        return visible(_TOKEN_LIKE.sub("[masked]", shown), limit=limit)

    def sent(self, exchange: Exchange) -> str:
        """The request in one line."""
        parts = [f"{name}={self._parameter(name, value)}" for name, value in exchange.form[:_MOST_MEMBERS]]
        kind = f" ({exchange.content_type})" if exchange.content_type else ""
        request = f"{exchange.method} {self._url(exchange.url)}{kind}"
        return " ".join([f"{exchange.label}: {request}", *parts])

    def received(self, exchange: Exchange) -> str:
        """The response in one line."""
        if exchange.status == 0:
            return f"{exchange.label}: no response ({self.text(exchange.failure)})"
        fields = [
            f"{name}: {self.text(value, limit=80)}"
            for name in _SHOWN_HEADERS
            if (value := exchange.header(name))
        ]
        if place := exchange.header("location"):
            fields.append(f"location: {self._url(place)}")
        members = dict(sorted(exchange.members.items(), key=lambda member: member[0] not in _SHOWN_MEMBERS))
        if exchange.is_json:
            shown = [
                f"{self.text(name, limit=40)}={self._member(name, value)}"
                for name, value in list(members.items())[:_MOST_MEMBERS]
            ]
            rest = ["…"] if len(members) > _MOST_MEMBERS else []
            body = " ".join(["{", *shown, *rest, "}"])
        else:
            body = f"{len(exchange.body)} bytes"
        return f"{exchange.label}: {exchange.status} [{'; '.join(fields)}] {body}"

    def _parameter(self, name: str, value: str) -> str:
        if name in _SHOWN_PARAMETERS or not value:
            return self.text(value, limit=80)
        return f"[{len(value)} characters]"

    def _member(self, name: str, value: object) -> str:
        if name == "user_code" and isinstance(value, str):
            return self.text(masked_user_code(value), limit=40)
        if name in _SHOWN_MEMBERS and isinstance(value, str | int | float | list | None):
            return self.text(repr(value), limit=_LIMIT)
        if isinstance(value, str):
            return f"[{len(value)} characters]"
        return f"[{type(value).__name__}]"

    def _url(self, url: str) -> str:
        """``url`` with the names of its parameters, but without their values."""
        parts = parts_of(url)
        names = [part.partition("=")[0] for part in parts.query.split("&") if part]
        query = f"?{'&'.join(f'{name}=…' for name in names[:_MOST_MEMBERS])}" if names else ""
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
        return self.text(f"{origin}{parts.path}{query}")


def masked_user_code(code: str) -> str:
    """``code`` with its first letters only: enough to tell two codes apart, too little to use one."""
    kept = 2 if len(code) > 5 else 1
    letters = [
        character if index < kept or not character.isalnum() else "•"
        for index, character in enumerate(code[:32])
    ]
    return "".join(letters)
