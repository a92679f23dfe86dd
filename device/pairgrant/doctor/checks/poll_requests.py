"""Unusual and wrong polls (RFC 8628 §3.4, RFC 6749 §5.2)."""

from pairgrant.doctor.check import Check, Scenario
from pairgrant.doctor.checks.start_requests import UNKNOWN_CLIENT, refused
from pairgrant.doctor.conversation import Conversation
from pairgrant.doctor.finding import Ruling, Severity, failed, not_judged, passed
from pairgrant.doctor.record import NotRecordedError, Record
from pairgrant_protocol.vocabulary import FORM_CONTENT_TYPE, ErrorCode, GrantType

UNKNOWN_CODE = "pairgrant-doctor-unknown-code-0123456789"
_URN = (("grant_type", GrantType.DEVICE_CODE.value),)
_UNKNOWN_CODE, _NO_CODE = "poll with an unknown code", "poll without a code"
_USER_CODE, _TWICE = "poll with the user_code", "poll with device_code twice"
_GRANT, _NO_GRANT = "unknown grant_type", "no grant_type"
_NO_CLIENT, _STRANGER = "poll without client_id", "poll as an unknown client"
_UNKNOWN, _GET, _ODD = "poll with an unknown parameter", "poll by GET", "poll with odd bytes"
_OTHER, _OWN = "poll as the other client", "poll as the own client"
_PENDING, _SLOW = ErrorCode.AUTHORIZATION_PENDING, ErrorCode.SLOW_DOWN


async def _ask(server: Conversation) -> None:
    code = await server.code()
    await server.poll(_UNKNOWN_CODE, UNKNOWN_CODE)
    await server.token_request(_NO_CODE, (*_URN, *server.identity))
    await server.poll(_USER_CODE, code.user_code)
    await server.token_request(
        _GRANT, (("grant_type", "urn:example:pairgrant-doctor"), ("device_code", "x"), *server.identity)
    )
    await server.token_request(_NO_GRANT, (("device_code", code.device_code), *server.identity))
    without_client = (*_URN, ("device_code", code.device_code))
    await server.token_request(_NO_CLIENT, without_client, authenticates=False)
    strangers = (*without_client, ("client_id", UNKNOWN_CLIENT))
    await server.token_request(_STRANGER, strangers, authenticates=False)
    await server.send(_GET, "GET", server.endpoint("token_endpoint"), form=server.poll_form(code.device_code))
    await server.send(
        _ODD,
        "POST",
        server.endpoint("token_endpoint"),
        body=b"grant_type=%FF%FE&device_code=%00%C3%28&client_id=%ZZ&=&&%",
        content_type=FORM_CONTENT_TYPE,
    )
    other = await server.code()
    await server.poll(_UNKNOWN, other.device_code, (("pairgrant_doctor_unknown", "1"),))
    third = await server.code()
    await server.poll(_TWICE, third.device_code, (("device_code", third.device_code),))


async def _ask_as_other_client(server: Conversation) -> None:
    code = await server.code()
    form = (*_URN, ("device_code", code.device_code), ("client_id", server.target.other_client or ""))
    await server.token_request(_OTHER, form, authenticates=False)
    await server.wait_after(code.exchange, code.interval)
    await server.poll(_OWN, code.device_code)


SCENARIO = Scenario("poll requests", _ask)
OTHER_CLIENT = Scenario("another client", _ask_as_other_client, needs_other_client=True)


def _unknown_code(record: Record) -> Ruling:
    return refused(record.one(_UNKNOWN_CODE), "An unknown device_code", ErrorCode.INVALID_GRANT)


def _missing_code(record: Record) -> Ruling:
    return refused(record.one(_NO_CODE), "A poll without device_code", ErrorCode.INVALID_REQUEST)


def _user_code(record: Record) -> Ruling:
    exchange = record.one(_USER_CODE)
    if exchange.error in {_PENDING, _SLOW} or exchange.has_tokens:
        return failed("The user_code works in place of the device_code.", exchange)
    return passed(f"The user_code is no device_code: {exchange.summary}.")


def _unknown_grant(record: Record) -> Ruling:
    return refused(
        record.one(_GRANT), "An unknown grant_type", ErrorCode.UNSUPPORTED_GRANT_TYPE, "unauthorized_client"
    )


def _missing_grant(record: Record) -> Ruling:
    return refused(
        record.one(_NO_GRANT),
        "A request without grant_type",
        ErrorCode.INVALID_REQUEST,
        ErrorCode.UNSUPPORTED_GRANT_TYPE,
    )


def _missing_client(record: Record) -> Ruling:
    return refused(
        record.one(_NO_CLIENT),
        "A poll without client_id",
        ErrorCode.INVALID_REQUEST,
        ErrorCode.INVALID_CLIENT,
    )


def _stranger(record: Record) -> Ruling:
    return refused(record.one(_STRANGER), "A poll of an unknown client", ErrorCode.INVALID_CLIENT)


def _unknown_parameter(record: Record) -> Ruling:
    exchange = record.one(_UNKNOWN)
    if exchange.error not in {_PENDING, _SLOW}:
        return failed(f"An unknown parameter makes a poll fail: {exchange.summary}.", exchange)
    return passed("An unknown parameter is ignored.")


def _duplicate(record: Record) -> Ruling:
    return refused(record.one(_TWICE), "A parameter that is sent twice", ErrorCode.INVALID_REQUEST)


def _get(record: Record) -> Ruling:
    exchange = record.one(_GET)
    if exchange.is_fault:
        return failed(f"GET makes the token endpoint fail: {exchange.summary}.", exchange)
    if exchange.has_tokens or exchange.error in {_PENDING, _SLOW}:
        return failed("Polls work by GET too, with the device_code in the URL.", exchange)
    return passed(f"GET is refused: {exchange.summary}.")


def _odd_bytes(record: Record) -> Ruling:
    sent = record.all(_ODD)
    if not sent:
        raise NotRecordedError(record.gap or "not sent")
    if sent[-1].is_fault:
        return failed(f"Bytes that are not UTF-8 make the server fail: {sent[-1].summary}.", sent[-1])
    return passed(f"Bytes that are not UTF-8 are refused: {sent[-1].summary}.")


def _other_client(record: Record) -> Ruling:
    exchange = record.one(_OTHER)
    if exchange.error in {ErrorCode.INVALID_CLIENT, ErrorCode.UNAUTHORIZED_CLIENT}:
        return not_judged(f"The other client can't be used without more: {exchange.summary}.", exchange)
    return refused(exchange, "Another client's code", ErrorCode.INVALID_GRANT)


def _code_survives(record: Record) -> Ruling:
    record.one(_OTHER)
    exchange = record.one(_OWN)
    if exchange.error not in {_PENDING, _SLOW}:
        return failed(f"Another client's poll ended the code: {exchange.summary}.", exchange)
    return passed("Another client's poll doesn't touch the code.")


_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_REQUEST, _ERRORS = "RFC 8628 §3.4", "RFC 6749 §5.2"
_SEND = "Respond with 400 and "

CHECKS = (
    Check(
        "poll.unknown-code",
        SCENARIO,
        _HIGH,
        _ERRORS,
        "An unknown device_code is refused with invalid_grant.",
        f"{_SEND}invalid_grant.",
        _unknown_code,
    ),
    Check(
        "poll.missing-code",
        SCENARIO,
        _LOW,
        _ERRORS,
        "A poll without device_code is refused with invalid_request.",
        f"{_SEND}invalid_request.",
        _missing_code,
    ),
    Check(
        "poll.user-code",
        SCENARIO,
        _HIGH,
        _REQUEST,
        "The user_code doesn't work in place of the device_code.",
        "Look up the device_code only.",
        _user_code,
    ),
    Check(
        "poll.unknown-grant",
        SCENARIO,
        _MEDIUM,
        _ERRORS,
        "An unknown grant_type is refused with unsupported_grant_type.",
        f"{_SEND}unsupported_grant_type.",
        _unknown_grant,
    ),
    Check(
        "poll.missing-grant",
        SCENARIO,
        _LOW,
        _ERRORS,
        "A request without grant_type is refused with invalid_request.",
        f"{_SEND}invalid_request.",
        _missing_grant,
    ),
    Check(
        "poll.missing-client",
        SCENARIO,
        _HIGH,
        _REQUEST,
        "A poll without a client is refused.",
        "Require client_id, or the client's authentication, and compare it with the code's client.",
        _missing_client,
    ),
    Check(
        "poll.unknown-client",
        SCENARIO,
        _HIGH,
        _ERRORS,
        "A poll of an unknown client is refused with invalid_client.",
        "Respond with 400 or 401 and invalid_client.",
        _stranger,
    ),
    Check(
        "poll.unknown-parameter",
        SCENARIO,
        _MEDIUM,
        "RFC 6749 §3.2",
        "Unknown parameters are ignored.",
        "Ignore parameters that the server doesn't know.",
        _unknown_parameter,
    ),
    Check(
        "poll.duplicate-parameter",
        SCENARIO,
        _MEDIUM,
        "RFC 6749 §3.2",
        "A parameter that is sent twice is refused.",
        f"{_SEND}invalid_request to a repeated parameter.",
        _duplicate,
    ),
    Check(
        "poll.post-only",
        SCENARIO,
        _HIGH,
        "RFC 6749 §3.2",
        "Token requests are POST requests.",
        "Refuse GET, because URLs end up in logs.",
        _get,
    ),
    Check(
        "poll.odd-bytes",
        SCENARIO,
        _MEDIUM,
        _ERRORS,
        "Undecodable bytes don't make the server fail.",
        f"{_SEND}invalid_request.",
        _odd_bytes,
    ),
    Check(
        "poll.other-client",
        OTHER_CLIENT,
        _HIGH,
        _ERRORS,
        "A code works for the client only that it was issued to.",
        "Compare the client of the poll with the client of the code, and respond with invalid_grant.",
        _other_client,
    ),
    Check(
        "poll.other-client-harmless",
        OTHER_CLIENT,
        _MEDIUM,
        _ERRORS,
        "Another client's poll doesn't end the code.",
        "Leave the code as it is when another client asks for it.",
        _code_survives,
    ),
)
