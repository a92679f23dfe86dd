"""The device authorization response (RFC 8628 §3.2)."""

import re
from typing import TypeGuard
from urllib.parse import unquote

from pairgrant.doctor.addresses import is_safe_origin, parts_of
from pairgrant.doctor.check import Check, Scenario
from pairgrant.doctor.conversation import Conversation
from pairgrant.doctor.exchange import Exchange
from pairgrant.doctor.finding import Ruling, Severity, failed, passed, warned
from pairgrant.doctor.record import NotRecordedError, Record

_START = "start"
_SHORTEST, _LONGEST = 60, 1800
"""Seconds: too short for a person to fetch a phone; longer than an attacker should have."""

_ENDLESS = 1e9
_LONGEST_TYPED = 60
"""Characters of an address that a person can be asked to type."""


async def _ask(server: Conversation) -> None:
    await server.start(_START)


SCENARIO = Scenario("start", _ask)


def _response(record: Record) -> Exchange:
    exchange = record.one(_START)
    if exchange.text("error") or not exchange.is_json:
        raise NotRecordedError(f"the server issued no code: {exchange.summary}")
    return exchange


def squeezed(text: str) -> str:
    """Letters and digits in lower case, as codes are compared."""
    return re.sub(r"[\W_]+", "", text).lower()


def _status(record: Record) -> Ruling:
    exchange = record.one(_START)
    if not exchange.is_ok:
        return failed(f"The request was answered with {exchange.summary}.", exchange)
    return passed("The status is 200.")


def _content_type(record: Record) -> Ruling:
    exchange = _response(record)
    if exchange.header("content-type").partition(";")[0].strip().lower() != "application/json":
        return failed("The response is not application/json.", exchange)
    return passed("The response is application/json.")


def _members(record: Record) -> Ruling:
    exchange = _response(record)
    missing = [name for name in ("device_code", "user_code", "verification_uri") if not exchange.text(name)]
    if "expires_in" not in exchange.members:
        missing.append("expires_in")
    if missing:
        return failed(f"Missing, or not a text: {', '.join(missing)}.", exchange)
    return passed("Every required member is there.")


def is_seconds(value: object) -> TypeGuard[float]:
    """Whether a member is a positive number of seconds that means something."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 < value < _ENDLESS


def _expires_in(record: Record) -> Ruling:
    exchange = _response(record)
    value = exchange.members.get("expires_in")
    if not is_seconds(value):
        return failed("expires_in is not a positive number.", exchange)
    return passed(f"expires_in is {value}.")


def _interval(record: Record) -> Ruling:
    exchange = _response(record)
    if "interval" not in exchange.members:
        return passed("There is no interval, which means 5 seconds.")
    value: object = exchange.members["interval"]
    if not is_seconds(value):
        return failed("interval is not a positive number.", exchange)
    if value > 60:
        return warned("interval is longer than a minute; is it in milliseconds?", exchange)
    return passed(f"interval is {value}.")


def _lifetime(record: Record) -> Ruling:
    exchange = _response(record)
    value = exchange.members.get("expires_in")
    if not is_seconds(value):
        raise NotRecordedError("expires_in is not a positive number")
    if value > _LONGEST:
        return warned("A code lives longer than half an hour.", exchange)
    if value < _SHORTEST:
        return warned("A code lives less than a minute, too short to fetch a phone.", exchange)
    return passed(f"A code lives {value} seconds.")


def _uri(record: Record) -> Ruling:
    exchange = _response(record)
    uri = exchange.text("verification_uri")
    if not uri or not parts_of(uri).hostname:
        return failed("verification_uri is not a web address.", exchange)
    if not is_safe_origin(uri):
        return failed("verification_uri is not https.", exchange)
    if len(uri) > _LONGEST_TYPED:
        return warned(f"verification_uri has {len(uri)} characters, and people type it.", exchange)
    return passed("verification_uri is https, or on this machine, and short enough to type.")


def _uri_without_code(record: Record) -> Ruling:
    exchange = _response(record)
    code = squeezed(exchange.text("user_code"))
    if code and code in squeezed(unquote(exchange.text("verification_uri"))):
        return failed("verification_uri contains the user_code.", exchange)
    return passed("verification_uri doesn't contain the code.")


def _complete_uri(record: Record) -> Ruling:
    exchange = _response(record)
    uri = exchange.text("verification_uri_complete")
    if not uri:
        return passed("There is no verification_uri_complete, which is optional.")
    if not is_safe_origin(uri):
        return failed("verification_uri_complete is not https.", exchange)
    if squeezed(exchange.text("user_code")) not in squeezed(unquote(uri)):
        return warned("verification_uri_complete doesn't contain the user_code as it is shown.", exchange)
    return passed("verification_uri_complete contains the code.")


def _hidden_device_code(record: Record) -> Ruling:
    exchange = _response(record)
    code = exchange.text("device_code")
    uris = (exchange.text("verification_uri"), exchange.text("verification_uri_complete"))
    if code and (any(code in unquote(uri) for uri in uris) or code == exchange.text("user_code")):
        return failed("The device_code is in what a person sees.", exchange)
    return passed("The device_code is not in what a person sees.")


def _no_store(record: Record) -> Ruling:
    exchange = _response(record)
    if "no-store" not in exchange.header("cache-control").lower():
        return warned("The response lacks Cache-Control: no-store.", exchange)
    return passed("The response must not be stored by caches.")


_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_RESPONSE = "RFC 8628 §3.2"

CHECKS = (
    Check(
        "start.status",
        SCENARIO,
        _HIGH,
        _RESPONSE,
        "The response has the status 200.",
        "Send 200 with the codes. If the client was refused, allow it the device grant.",
        _status,
    ),
    Check(
        "start.content-type",
        SCENARIO,
        _MEDIUM,
        _RESPONSE,
        "The response is application/json.",
        "Send Content-Type: application/json.",
        _content_type,
    ),
    Check(
        "start.members",
        SCENARIO,
        _HIGH,
        _RESPONSE,
        "The response has device_code, user_code, verification_uri and expires_in.",
        "Send all four, under exactly these names.",
        _members,
    ),
    Check(
        "start.expires-in",
        SCENARIO,
        _MEDIUM,
        _RESPONSE,
        "expires_in is a positive number of seconds.",
        "Send expires_in as a JSON number.",
        _expires_in,
    ),
    Check(
        "start.interval",
        SCENARIO,
        _MEDIUM,
        _RESPONSE,
        "interval is a positive number of seconds.",
        "Send interval as a JSON number of seconds, or leave it out for 5.",
        _interval,
    ),
    Check(
        "start.lifetime",
        SCENARIO,
        _LOW,
        "RFC 8628 §5.5; RFC 10027, short-lived codes",
        "A code lives neither too long nor too short.",
        "Let a code expire after 5 to 15 minutes.",
        _lifetime,
    ),
    Check(
        "start.verification-uri",
        SCENARIO,
        _HIGH,
        _RESPONSE,
        "verification_uri is https and short.",
        "Use a short https address.",
        _uri,
    ),
    Check(
        "start.uri-without-code",
        SCENARIO,
        _MEDIUM,
        "RFC 8628 §3.3",
        "verification_uri doesn't contain the code.",
        "Put the code into verification_uri_complete only.",
        _uri_without_code,
    ),
    Check(
        "start.complete-uri",
        SCENARIO,
        _LOW,
        "RFC 8628 §3.3.1",
        "verification_uri_complete contains the code.",
        "Put the code that the device shows into verification_uri_complete, so that people can compare it.",
        _complete_uri,
    ),
    Check(
        "start.hidden-device-code",
        SCENARIO,
        _HIGH,
        "RFC 8628 §3.3",
        "The device_code is never shown to a person.",
        "Keep the device_code out of the addresses, and make it independent of the user_code.",
        _hidden_device_code,
    ),
    Check(
        "start.no-store",
        SCENARIO,
        _LOW,
        _RESPONSE,
        "The response is not stored by caches.",
        "Send Cache-Control: no-store, as in the RFC's example.",
        _no_store,
    ),
)
