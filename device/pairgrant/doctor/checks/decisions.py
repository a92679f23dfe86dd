"""Denials, contradicting decisions, and the end of a code's life (RFC 8628 §3.5)."""

import asyncio

from pairgrant.doctor.check import Check, Scenario
from pairgrant.doctor.conversation import Conversation
from pairgrant.doctor.exchange import Exchange
from pairgrant.doctor.finding import Ruling, Severity, failed, passed, warned
from pairgrant.doctor.record import NotRecordedError, Record
from pairgrant_protocol.vocabulary import ErrorCode

_FIRST, _DENIED, _AGAIN = "poll before", "poll after denial", "second poll after denial"
_DECIDED, _STILL = "poll after two decisions", "second poll after two decisions"
_ALIVE, _EXPIRED, _LATE = "poll before expiry", "poll after expiry", "poll after a late approval"
_SHORT_LIFE = 45.0
"""Seconds; the end of a code with a longer life is awaited only with ``--thorough``."""
_LONGEST_LIFE = 1900.0
_PENDING = frozenset({ErrorCode.AUTHORIZATION_PENDING, ErrorCode.SLOW_DOWN})


async def _deny(server: Conversation) -> None:
    code = await server.code()
    first = await server.poll(_FIRST, code.device_code)
    if result := await server.decide("deny", code):
        raise NotRecordedError(result)
    denied = await server.poll_until_decided(_DENIED, code, first)
    if denied is not None:
        await server.wait_after(denied, code.interval)
        await server.poll(_AGAIN, code.device_code)


async def _contradict(server: Conversation) -> None:
    code = await server.code()
    results = await asyncio.gather(server.decide("approve", code), server.decide("deny", code))
    if all(results):
        raise NotRecordedError(f"neither decision was possible: {results[0]}")
    decided = await server.poll_until_decided(_DECIDED, code)
    if decided is not None:
        await server.wait_after(decided, code.interval)
        await server.poll(_STILL, code.device_code)


async def _outlive(server: Conversation) -> None:
    code = await server.code()
    life = code.expires_in
    most = _LONGEST_LIFE if server.target.is_thorough else _SHORT_LIFE
    if not 0 < life <= most:
        hint = "" if server.target.is_thorough else "; --thorough waits for it"
        raise NotRecordedError(f"a code lives {life:.0f} seconds{hint}")
    if life > 2 * code.interval + 4:
        await server.wait_until(code.exchange.sent_at + life - code.interval - 2)
        await server.poll(_ALIVE, code.device_code)
    await server.wait_until(code.expires_at + 2)
    expired = await server.poll(_EXPIRED, code.device_code)
    if server.target.approve_command is not None:
        await server.decide("approve", code, fact="late approval")
        await server.wait_after(expired, code.interval)
        await server.poll(_LATE, code.device_code)


DENIAL = Scenario("denial", _deny, needs_approval=True)
RACE = Scenario("approve and deny at once", _contradict, needs_approval=True)
EXPIRY = Scenario("expiry", _outlive)


def _told(record: Record) -> Ruling:
    exchange = record.one(_DENIED)
    if exchange.error == ErrorCode.ACCESS_DENIED and exchange.status == 400:
        return passed("The device learns of the denial.")
    if exchange.error in _PENDING:
        return failed("The device doesn't learn of the denial: polls stay pending.", exchange)
    return failed(f"A denial reaches the device as {exchange.summary}.", exchange)


def _final(record: Record) -> Ruling:
    record.one(_DENIED)
    exchange = record.one(_AGAIN)
    if exchange.has_tokens or exchange.error in _PENDING:
        return failed(f"After a denial, a later poll gets {exchange.summary}.", exchange)
    return passed("A denial is final.")


def _one_decision(record: Record) -> Ruling:
    exchange, still = record.one(_DECIDED), record.one(_STILL)
    if exchange.is_fault or still.is_fault:
        return failed("Two decisions at once make the server fail.", exchange, still)
    if exchange.error in _PENDING:
        return failed("After two decisions at once, the code stays pending.", exchange)
    if exchange.error and still.has_tokens:
        return failed("After two decisions at once, a denied device gets tokens.", exchange, still)
    if _contradicts(exchange, still):
        return failed("After two decisions at once, the outcome changes.", exchange, still)
    if not (record.facts.get("approve") or record.facts.get("deny")):
        return warned("Both decisions were confirmed, and one of them has no effect.", exchange, still)
    return passed(f"One of two decisions at once counts: {exchange.summary}.")


def _contradicts(first: Exchange, second: Exchange) -> bool:
    """Whether the second outcome is another than the first; a used code is no longer valid."""
    if first.has_tokens:
        changed = second.text("access_token") not in {"", first.text("access_token")}
        return changed or second.error == ErrorCode.ACCESS_DENIED
    return second.error in _PENDING


def _lives(record: Record) -> Ruling:
    exchange = record.one(_ALIVE)
    if exchange.error not in _PENDING:
        return failed(f"A code is not pending until its end: {exchange.summary}.", exchange)
    return passed("A code is pending until its end.")


def _expires(record: Record) -> Ruling:
    exchange = record.one(_EXPIRED)
    if exchange.error == ErrorCode.EXPIRED_TOKEN and exchange.status == 400:
        return passed("An expired code is refused with expired_token.")
    return failed(f"An expired code is answered with {exchange.summary}.", exchange)


def _too_late(record: Record) -> Ruling:
    record.one(_EXPIRED)
    record.fact("late approval")
    exchange = record.one(_LATE)
    if exchange.has_tokens:
        return failed("A code that was approved after its end gives tokens.", exchange)
    if exchange.error in _PENDING:
        return failed("A late approval makes an expired code pending again.", exchange)
    return passed("A late approval has no effect.")


_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_RESPONSE = "RFC 8628 §3.5"

CHECKS = (
    Check(
        "denial.told",
        DENIAL,
        _HIGH,
        _RESPONSE,
        "A denial reaches the device as access_denied.",
        "Respond with 400 and access_denied until the code expires.",
        _told,
    ),
    Check(
        "denial.final",
        DENIAL,
        _HIGH,
        _RESPONSE,
        "A denied code never becomes pending or approved.",
        "Keep the denial with the code, or forget the code.",
        _final,
    ),
    Check(
        "decision.one",
        RACE,
        _HIGH,
        "RFC 8628 §3.3; RFC 10027, one-time codes",
        "Of an approval and a denial at once, one counts.",
        "Decide in one atomic step of the store, and refuse the second decision.",
        _one_decision,
    ),
    Check(
        "expiry.not-early",
        EXPIRY,
        _MEDIUM,
        "RFC 8628 §3.2",
        "A code lives as long as expires_in says.",
        "Let the code live for expires_in, counted from the response.",
        _lives,
    ),
    Check(
        "expiry.told",
        EXPIRY,
        _MEDIUM,
        _RESPONSE,
        "An expired code is refused with expired_token.",
        "Remember expired codes for a while, and respond with 400 and expired_token.",
        _expires,
    ),
    Check(
        "expiry.late-approval",
        EXPIRY,
        _HIGH,
        "RFC 8628 §3.2",
        "An approval after the end has no effect.",
        "Check the end of the code when the person decides, and when the device polls.",
        _too_late,
    ),
)
