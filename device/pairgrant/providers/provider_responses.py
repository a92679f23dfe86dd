"""The responses of a provider in the RFC's form: its members, its errors and its statuses; pure.

Only members of the RFCs pass, so that nothing else of a response reaches a screen: no ``qrcode_url``, which
is a picture, and no address but those of the verification page.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from pairgrant.providers.preset import Meaning, PollRule, Preset, RefreshKind
from pairgrant.providers.templates import filled
from pairgrant_protocol.json_object import MalformedMessageError, parse_object
from pairgrant_protocol.vocabulary import ErrorCode

_LONGEST_ERROR = 200
_LONGEST_DESCRIPTION = 1000
_MOST_MEMBERS = 50

_MILLISECONDS = 1000
"""An ``interval`` of this or more is in milliseconds: no server asks to wait for a quarter of an hour."""

_USUAL = {
    "device_code": ("device_code", "deviceCode"),
    "user_code": ("user_code", "userCode"),
    "verification_uri": ("verification_uri", "verification_url", "verificationUri", "verificationUrl"),
    "verification_uri_complete": (
        "verification_uri_complete",
        "verification_url_complete",
        "verificationUriComplete",
    ),
    "expires_in": ("expires_in", "expire_in", "expiresIn"),
    "interval": ("interval",),
    "access_token": ("access_token", "accessToken"),
    "token_type": ("token_type", "tokenType"),
    "refresh_token": ("refresh_token", "refreshToken"),
    "scope": ("scope",),
    "id_token": ("id_token", "idToken"),
}
"""Names of members that providers use."""

_POLLING = {
    ErrorCode.AUTHORIZATION_PENDING,
    ErrorCode.SLOW_DOWN,
    ErrorCode.ACCESS_DENIED,
    ErrorCode.EXPIRED_TOKEN,
}

_CODES = {
    Meaning.PENDING: ErrorCode.AUTHORIZATION_PENDING,
    Meaning.SLOW_DOWN: ErrorCode.SLOW_DOWN,
    Meaning.DENIED: ErrorCode.ACCESS_DENIED,
    Meaning.EXPIRED: ErrorCode.EXPIRED_TOKEN,
}

_FORM = re.compile(r"[A-Za-z_]+=")
"""The beginning of a form."""

_OK, _BAD_REQUEST = 200, 400

_NOTHING = (None, "", False)
"""Values of ``error`` that mean that there is no error."""


def started(preset: Preset, variables: Mapping[str, str], status: int, body: bytes) -> tuple[int, bytes]:
    """The response to step (A) (RFC 8628 §3.2); what each poll sends back stands in its ``device_code``."""
    members = _members(body)
    if members is None:
        return status, body
    form = preset.code

    def member(name: str) -> Any:
        return _first(members, (*form.names.get(name, ()), *_USUAL[name]))

    def seconds(name: str) -> float | None:
        return _number(member(name))

    device_code, user_code = member("device_code"), member("user_code")
    if _error(members) is not None or not device_code or not user_code:
        return status, _serialized(_problem(members, status))
    values = {**variables, "user_code": quote(str(user_code), safe="")}
    page = _page(form.verification_uri, member("verification_uri"), values)
    complete = _page(form.verification_uri_complete, member("verification_uri_complete"), values)
    expires_in, interval = seconds("expires_in"), seconds("interval")
    if interval is not None and interval >= _MILLISECONDS:
        interval /= 1000
    if form.shortest_interval is not None:
        interval = max(interval or 0, form.shortest_interval)
    if form.echo:
        kept = {name: member(name) if name in _USUAL else _at(members, name) for name in form.echo}
        device_code = urlencode({"device_code": device_code, **kept})
    response = {
        "device_code": str(device_code),
        "user_code": str(user_code),
        "verification_uri": page,
        "verification_uri_complete": complete,
        "expires_in": form.lifetime if expires_in is None else expires_in,
        "interval": interval,
    }
    return _OK, _serialized(response)


def sent_back(preset: Preset, device_code: str) -> dict[str, str]:
    """What a poll sends: the provider's own ``device_code``, and what ``started`` put beside it."""
    return dict(parse_qsl(device_code)) if preset.code.echo else {"device_code": device_code}


def tokens(preset: Preset, status: int, body: bytes, *, is_poll: bool) -> tuple[int, bytes]:
    """The response of the token endpoint (RFC 6749 §5.1, §5.2; RFC 8628 §3.5)."""
    members = _members(body)
    error = None if members is None else _error(members)
    if members is not None and error is None and (granted := _granted(preset, members)):
        return _OK, _serialized(granted)
    if is_poll:
        meaning = _meaning(preset.rules, status, members or {}, error)
        if meaning is not None:
            interval = _number((members or {}).get("interval"))
            return _BAD_REQUEST, _serialized({"error": _CODES[meaning], "interval": interval})
    if members is None:
        return status, body
    return status, _serialized(_problem(members, status))


def _granted(preset: Preset, members: Mapping[str, Any]) -> dict[str, Any] | None:
    found = {
        name: _first(members, (*preset.tokens.names.get(name, ()), *_USUAL[name]))
        for name in ("access_token", "token_type", "refresh_token", "expires_in", "scope", "id_token")
    }
    if not found["access_token"]:
        return None
    if not found["token_type"] and not preset.tokens.type_required:
        found["token_type"] = "Bearer"
    if preset.refresh is RefreshKind.NONE:
        found["refresh_token"] = None
    scope = found["scope"]
    if isinstance(scope, list):
        found["scope"] = " ".join(one for one in scope if isinstance(one, str))
    elif isinstance(scope, str) and " " not in scope:
        found["scope"] = scope.replace(",", " ")
    return found


def _meaning(
    rules: Iterable[PollRule], status: int, members: Mapping[str, Any], error: str | None
) -> Meaning | None:
    """What the first rule that applies says; one about a member comes before the RFC, one about a status
    after it.
    """
    by_member = [rule for rule in rules if rule.member is not None]
    by_status = [rule for rule in rules if rule.member is None]
    for rule in by_member:
        is_status = rule.status is None or rule.status == status
        if is_status and _text(_at(members, rule.member or "")) in rule.values:
            return rule.means
    if error in _POLLING:
        return None
    return next((rule.means for rule in by_status if rule.status == status), None)


def _problem(members: Mapping[str, Any], status: int) -> dict[str, Any]:
    """An error response (RFC 6749 §5.2), whatever the provider calls its error."""
    error = _error(members) or f"invalid_response ({status})"
    descriptions = ("error_description", "error.message", "message", "errorMessage", "sub_error")
    description = _first(members, descriptions)
    return {
        "error": error[:_LONGEST_ERROR],
        "error_description": _text(description)[:_LONGEST_DESCRIPTION] if description else None,
        "interval": _number(members.get("interval")),
    }


def _error(members: Mapping[str, Any]) -> str | None:
    """The error that a response names; None if it names none."""
    error = members.get("error")
    if isinstance(error, dict):
        named = [error[name] for name in ("code", "type", "message") if isinstance(error.get(name), str)]
        error = named[0] if named else _text(error.get("code"))
    if error in _NOTHING:
        error = members.get("errorCode")
    if error in _NOTHING:
        status, message = members.get("status"), members.get("message")
        has_failed = isinstance(status, int) and status >= _BAD_REQUEST
        error = message if has_failed or (isinstance(message, str) and message in _POLLING) else None
    return None if error in _NOTHING else _text(error)


def _page(template: str | None, found: Any, values: dict[str, str]) -> str | None:
    """The address of a verification page; None if there is none. A later template can use it."""
    address = found if isinstance(found, str) else ""
    if template is not None:
        values.setdefault("verification_uri", address)
        if "{verification_uri}" in template and not values["verification_uri"]:
            return None
        if "?" in values["verification_uri"]:
            template = template.replace("{verification_uri}?", "{verification_uri}&")
        address = filled(template, values)
    if not address:
        return None
    values["verification_uri"] = _with_scheme(address)
    return values["verification_uri"]


def _with_scheme(address: str) -> str:
    """``address``, as https if it has no scheme."""
    return address if "://" in address or address.startswith("/") else f"https://{address}"


def _members(body: bytes) -> dict[str, Any] | None:
    """The members of a JSON object, or of a form, which GitHub sends if it isn't asked for JSON."""
    try:
        return parse_object(body)
    except MalformedMessageError:
        pass
    text = body[:65_536].decode("utf-8", "replace").strip()
    if not _FORM.match(text):
        return None
    try:
        return dict(parse_qsl(text, strict_parsing=True, max_num_fields=_MOST_MEMBERS)) or None
    except ValueError:
        return None


def _first(members: Mapping[str, Any], paths: Iterable[str]) -> Any:
    """The value of the first path that has one."""
    values = (_at(members, path) for path in paths)
    return next((value for value in values if value not in (None, "")), None)


def _at(members: Mapping[str, Any], path: str) -> Any:
    if path in members:
        return members[path]
    value: Any = members
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _number(value: Any) -> float | None:
    """A number, also one that is sent as a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > 20:
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _serialized(members: Mapping[str, Any]) -> bytes:
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()
