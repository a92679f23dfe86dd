"""Unusual and wrong device authorization requests (RFC 8628 §3.1, RFC 6749 §5.2)."""

import json

from pairgrant.doctor.check import Check, Scenario
from pairgrant.doctor.conversation import Conversation
from pairgrant.doctor.exchange import Exchange, Form
from pairgrant.doctor.finding import Ruling, Severity, failed, passed, warned
from pairgrant.doctor.record import NotRecordedError, Record
from pairgrant_protocol.vocabulary import FORM_CONTENT_TYPE, ErrorCode

UNKNOWN_CLIENT = "pairgrant-doctor-unknown-client"
_PLAIN, _UNKNOWN, _EMPTY = "plain start", "start with an unknown parameter", "start with an empty scope"
_WITHOUT_SCOPE = "start without a scope"
_TWICE, _JSON, _GET = "start with client_id twice", "start as JSON", "start by GET"
_NO_CLIENT, _STRANGER, _SECRET = "start without client_id", "start as an unknown client", "wrong secret"
_ODD = "start with odd bytes"
_ODD_BYTES = b"client_id=%FF%FE%00&scope=%C3%28&device_name=%ZZ&=&&%"


async def _ask(server: Conversation) -> None:
    scope: Form = (("scope", server.target.scope),) if server.target.scope else ()
    endpoint = server.endpoint("device_authorization_endpoint")
    await server.start(_PLAIN)
    await server.start(_UNKNOWN, (("pairgrant_doctor_unknown", "1"),))
    await server.start(_WITHOUT_SCOPE, scope="")
    await server.start(_EMPTY, (("scope", ""),), scope="")
    await server.start(_TWICE, (("client_id", server.target.client_id),))
    await server.send(
        _JSON,
        "POST",
        endpoint,
        body=json.dumps(dict((*server.identity, *scope))).encode(),
        content_type="application/json",
    )
    await server.send(_GET, "GET", endpoint, form=(*server.identity[:1], *scope))
    await server.start_with(_NO_CLIENT, scope, authenticates=False)
    await server.start_with(_STRANGER, (("client_id", UNKNOWN_CLIENT), *scope), authenticates=False)
    if not server.target.is_public:
        wrong = (("client_id", server.target.client_id), ("client_secret", "pairgrant-doctor-wrong-secret"))
        await server.start_with(_SECRET, (*wrong, *scope), authenticates=False)
    await server.send(_ODD, "POST", endpoint, body=_ODD_BYTES, content_type=FORM_CONTENT_TYPE)


SCENARIO = Scenario("start requests", _ask)


def _baseline(record: Record, label: str = _PLAIN) -> Exchange:
    exchange = record.one(label)
    if not exchange.has_code:
        raise NotRecordedError(f"the server issued no code: {exchange.summary}")
    return exchange


def _unknown_parameter(record: Record) -> Ruling:
    _baseline(record)
    exchange = record.one(_UNKNOWN)
    if not exchange.has_code:
        return failed(f"An unknown parameter makes the request fail: {exchange.summary}.", exchange)
    return passed("An unknown parameter is ignored.")


def _empty_parameter(record: Record) -> Ruling:
    _baseline(record, _WITHOUT_SCOPE)
    exchange = record.one(_EMPTY)
    if not exchange.has_code:
        return failed(f"An empty scope is not treated as a missing one: {exchange.summary}.", exchange)
    return passed("An empty parameter counts as omitted.")


def _duplicate(record: Record) -> Ruling:
    _baseline(record)
    return refused(record.one(_TWICE), "A parameter that is sent twice", ErrorCode.INVALID_REQUEST)


def refused(exchange: Exchange, what: str, *expected: str) -> Ruling:
    """Whether a request was refused with 400 or 401 and one of the ``expected`` errors."""
    if exchange.is_fault:
        return failed(f"{what} makes the server fail: {exchange.summary}.", exchange)
    if exchange.is_ok or (exchange.error and exchange.error not in expected):
        return failed(f"{what} leads to {exchange.summary}; expected {' or '.join(expected)}.", exchange)
    if exchange.status not in {400, 401} or not exchange.error:
        return failed(f"{what} is refused without an OAuth error: {exchange.summary}.", exchange)
    return passed(f"{what} is refused: {exchange.summary}.")


def _json(record: Record) -> Ruling:
    _baseline(record)
    exchange = record.one(_JSON)
    if exchange.is_fault:
        return failed(f"A JSON body makes the server fail: {exchange.summary}.", exchange)
    if exchange.has_code:
        return warned("A JSON body is accepted in place of a form.", exchange)
    return passed(f"A body that is no form is refused: {exchange.summary}.")


def _get(record: Record) -> Ruling:
    exchange = record.one(_GET)
    if exchange.has_code:
        return failed("The request works by GET too, with its parameters in the URL.", exchange)
    if exchange.is_fault:
        return failed(f"GET makes the server fail: {exchange.summary}.", exchange)
    return passed(f"GET is refused: {exchange.summary}.")


def _no_client(record: Record) -> Ruling:
    return refused(
        record.one(_NO_CLIENT),
        "A request without client_id",
        ErrorCode.INVALID_REQUEST,
        ErrorCode.INVALID_CLIENT,
    )


def _stranger(record: Record) -> Ruling:
    return refused(record.one(_STRANGER), "An unknown client", ErrorCode.INVALID_CLIENT)


def _wrong_secret(record: Record) -> Ruling:
    if record.is_public:
        raise NotRecordedError("the client has no secret")
    return refused(record.one(_SECRET), "A wrong client_secret", ErrorCode.INVALID_CLIENT)


def _odd_bytes(record: Record) -> Ruling:
    exchange = record.all(_ODD)
    if not exchange:
        raise NotRecordedError(record.gap or "not sent")
    if exchange[-1].is_fault:
        return failed(f"Bytes that are not UTF-8 make the server fail: {exchange[-1].summary}.", exchange[-1])
    return passed(f"Bytes that are not UTF-8 are refused: {exchange[-1].summary}.")


_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_REQUEST, _ERRORS = "RFC 8628 §3.1", "RFC 6749 §5.2"

CHECKS = (
    Check(
        "start.unknown-parameter",
        SCENARIO,
        _MEDIUM,
        _REQUEST,
        "Unknown parameters are ignored.",
        "Ignore parameters that the server doesn't know.",
        _unknown_parameter,
    ),
    Check(
        "start.empty-parameter",
        SCENARIO,
        _LOW,
        _REQUEST,
        "A parameter without a value counts as omitted.",
        "Treat an empty parameter as if it were missing.",
        _empty_parameter,
    ),
    Check(
        "start.duplicate-parameter",
        SCENARIO,
        _MEDIUM,
        _REQUEST,
        "A parameter that is sent twice is refused.",
        "Refuse a repeated parameter with invalid_request: proxies and servers may read different ones.",
        _duplicate,
    ),
    Check(
        "start.form-only",
        SCENARIO,
        _LOW,
        _REQUEST,
        "Only a form is accepted.",
        "Accept application/x-www-form-urlencoded only.",
        _json,
    ),
    Check(
        "start.post-only",
        SCENARIO,
        _MEDIUM,
        _REQUEST,
        "The request is a POST.",
        "Refuse GET, because URLs end up in logs.",
        _get,
    ),
    Check(
        "start.missing-client",
        SCENARIO,
        _MEDIUM,
        _ERRORS,
        "A request without a client is refused with an OAuth error.",
        "Respond with 400 and invalid_request, or 401 and invalid_client.",
        _no_client,
    ),
    Check(
        "start.unknown-client",
        SCENARIO,
        _HIGH,
        _ERRORS,
        "An unknown client is refused with invalid_client.",
        "Respond with 400 or 401 and invalid_client.",
        _stranger,
    ),
    Check(
        "start.wrong-secret",
        SCENARIO,
        _HIGH,
        _ERRORS,
        "A confidential client has to authenticate.",
        "Check the client's secret at the device authorization endpoint too.",
        _wrong_secret,
    ),
    Check(
        "start.odd-bytes",
        SCENARIO,
        _MEDIUM,
        _ERRORS,
        "Undecodable bytes don't make the server fail.",
        "Respond with 400 and invalid_request.",
        _odd_bytes,
    ),
)
