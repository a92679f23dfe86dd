"""The fields of a client's registration, read from command-line options or from a TOML file."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import (
    CHOICES,
    DEFAULT_POLICY,
    AssertionIssuer,
    ClientPolicy,
)
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.scopes import OPENID, PROFILE
from pairgrant_server.commands.durations import seconds_of
from pairgrant_server.errors import PairgrantServerError

ReadFile = Callable[[str], str]
"""File name -> text."""

GRANTS = {grant_type.rpartition(":")[2].replace("-", "_"): grant_type for grant_type in GrantType}
"""Short name, as operators write it -> grant type."""

_POLICY = frozenset(rule.name for rule in fields(ClientPolicy))


class InvalidFieldError(PairgrantServerError, ValueError):
    """The value of a field is invalid; the text says what to write instead."""


def grant_of(name: str) -> GrantType:
    """The grant type with a short or full name.

    Raises:
        InvalidFieldError: unknown or not offered.
    """
    known = GRANTS.get(name.replace("-", "_"))
    try:
        return known or GrantType(name)
    except ValueError:
        raise InvalidFieldError(
            f"{visible(name)!r} is not a grant type of this server; choose from: {', '.join(GRANTS)}. The "
            "implicit and password grants are not offered (RFC 9700)."
        ) from None


def read_value(field: str, written: Any, read: ReadFile) -> Any:
    """The value of ``field`` in the type that the record or its policy has.

    Raises:
        InvalidFieldError: ``written`` is invalid.
    """
    return _READERS[field](written, read)


def with_values(client: Client, values: Mapping[str, Any]) -> Client:
    """A copy of ``client`` with these fields of its record and policy changed."""
    policy = {name: value for name, value in values.items() if name in _POLICY}
    record = {name: value for name, value in values.items() if name not in _POLICY}
    return replace(client, policy=replace(client.policy, **policy), **record)


def value_of(client: Client | None, field: str) -> Any:
    """One field of the record or its policy; the default if there is no client."""
    if client is None:
        return _DEFAULTS[field]
    return getattr(client.policy if field in _POLICY else client, field)


def default_scope(grant_types: frozenset[GrantType]) -> tuple[str, ...]:
    """The scope of a client that names none: only a client that acts for people gets theirs."""
    return (OPENID, PROFILE) if grant_types - {GrantType.CLIENT_CREDENTIALS} else ()


def _text(written: Any, _: ReadFile) -> str:
    if not isinstance(written, str):
        raise InvalidFieldError("write a string")
    return written


def _flag(written: Any, _: ReadFile) -> bool:
    if not isinstance(written, bool):
        raise InvalidFieldError("write true or false")
    return written


def _list(written: Any, _: ReadFile) -> tuple[str, ...]:
    """Without duplicates. An empty string is dropped, so that an option can remove all values."""
    listed = [written] if isinstance(written, str) else written
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise InvalidFieldError("write a list of strings")
    return tuple(dict.fromkeys(filter(None, listed)))


def _scope(written: Any, read: ReadFile) -> tuple[str, ...]:
    return split_scope(" ".join(_list(written, read)))


def _grants(written: Any, read: ReadFile) -> frozenset[GrantType]:
    return frozenset(map(grant_of, _scope(written, read)))


def _seconds(written: Any, _: ReadFile) -> int | None:
    if written in ("", "default"):
        return None
    try:
        return int(written) if type(written) is int else seconds_of(_text(written, _))
    except ValueError:
        raise InvalidFieldError("write a duration like 90s, 10m, 1h30m or 30d") from None


def _count(written: Any, _: ReadFile) -> int | None:
    if written in ("", "default"):
        return None
    if type(written) is int:
        return int(written)
    if isinstance(written, str) and written.isascii() and written.isdigit() and len(written) < 10:
        return int(written)
    raise InvalidFieldError("write a number")


def _word_of(field: str) -> Callable[[Any, ReadFile], str | None]:
    """A reader of a field that is one of several words."""

    def read_word(written: Any, _: ReadFile) -> str | None:
        if written in ("", "default"):
            default: str | None = getattr(DEFAULT_POLICY, field)
            return default
        if written not in CHOICES[field]:
            raise InvalidFieldError(f"write one of: {', '.join(CHOICES[field])}")
        return str(written)

    return read_word


def _jwks(written: Any, read: ReadFile) -> str | None:
    """The name of a file, or the JWK Set itself."""
    if isinstance(written, dict):
        return json.dumps(written)
    if not isinstance(written, str):
        raise InvalidFieldError("write the name of a file that holds a JWK Set")
    return read(written) if written else None


def _issuers(written: Any, read: ReadFile) -> tuple[AssertionIssuer, ...]:
    """``{issuer: keys}`` in a file, ``issuer=FILE`` as an option."""
    if isinstance(written, list):
        pairs = [one.rpartition("=") for one in filter(None, written)]
        if not all(issuer and file for issuer, _, file in pairs):
            raise InvalidFieldError("write it like https://idp.example=keys.json")
        written = {issuer: file for issuer, _, file in pairs}
    if not isinstance(written, dict):
        raise InvalidFieldError('write it like { "https://idp.example" = "keys.json" }')
    known = ((issuer, _jwks(keys, read)) for issuer, keys in written.items())
    return tuple(AssertionIssuer(issuer, jwks or "") for issuer, jwks in known)


_READERS: dict[str, Callable[[Any, ReadFile], Any]] = {
    "name": _text,
    "grant_types": _grants,
    "scope": _scope,
    "redirect_uris": _list,
    "jwks": _jwks,
    "optional_scope": _scope,
    "device_code_lifetime": _seconds,
    "access_token_lifetime": _seconds,
    "refresh_token_lifetime": _seconds,
    "connection_lifetime": _seconds,
    "resources": _list,
    "serves": _list,
    "id_token_algorithm": _text,
    "requires_dpop": _flag,
    "requires_device_pkce": _flag,
    "requires_pushed_requests": _flag,
    "post_logout_redirect_uris": _list,
    "assertion_issuers": _issuers,
    "accepts_endpoint_audience": _flag,
    "trusted_networks": _list,
    "requires_same_network": _flag,
    "enrolled_keys": _list,
    "requires_return_pin": _flag,
    "device_authorizations_per_minute": _count,
    "ignores_device_names": _flag,
    **{field: _word_of(field) for field in CHOICES},
    "strong_scope": _scope,
    "weak_connection_lifetime": _seconds,
    "requires_device_label": _flag,
    "requires_known_device": _flag,
}

FIELDS = tuple(_READERS)
"""What an operator decides about a client, except its secret."""

_BLANK = Client("", "", frozenset(), (), 0.0)
_DEFAULTS = {name: value_of(_BLANK, name) for name in FIELDS}
