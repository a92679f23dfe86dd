"""Pending responses and the pace of polls (RFC 8628 §3.5)."""

from pairgrant.doctor.check import Check, Scenario
from pairgrant.doctor.conversation import LONGEST_INTERVAL, Conversation, IssuedCode
from pairgrant.doctor.exchange import Exchange
from pairgrant.doctor.finding import Ruling, Severity, failed, not_judged, passed, warned
from pairgrant.doctor.record import NotRecordedError, Record
from pairgrant_protocol.vocabulary import SLOW_DOWN_STEP, ErrorCode

_FIRST, _EARLY, _AFTER, _LATER = "first poll", "early poll", "poll after slow_down", "next poll"
_PUNCTUAL, _HASTY, _TWINS = "punctual poll", "poll at the first interval", "twin poll"
_TOO_EARLY = 0.4
"""Of the interval. Not at once, which a server may take for one poll that a library sent twice."""

_EARLY_ENOUGH = 0.8
_INTERVAL = "interval"
_PENDING, _SLOW = ErrorCode.AUTHORIZATION_PENDING, ErrorCode.SLOW_DOWN


async def _code_of_bearable_pace(server: Conversation) -> IssuedCode:
    code = await server.code()
    if code.interval > LONGEST_INTERVAL and not server.target.is_thorough:
        raise NotRecordedError(f"the interval is {code.interval:.0f} seconds; --thorough waits that long")
    return code


async def _poll_too_early(server: Conversation, code: IssuedCode) -> Exchange:
    """Two polls, the second of which comes so early that no tolerance for slow networks covers it."""
    server.record.facts[_INTERVAL] = str(code.interval)
    first = await server.poll(_FIRST, code.device_code)
    await server.wait_after(first, code.interval * _TOO_EARLY)
    return (await server.polls_at_once(1, _EARLY, code.device_code))[0]


async def _poll_early(server: Conversation) -> None:
    code = await _code_of_bearable_pace(server)
    early = await _poll_too_early(server, code)
    if early.error == _SLOW:
        await server.wait_after(early, code.interval + SLOW_DOWN_STEP)
        later = await server.poll(_AFTER, code.device_code)
        await server.wait_after(later, code.interval + SLOW_DOWN_STEP)
        await server.poll(_LATER, code.device_code)


async def _poll_punctually(server: Conversation) -> None:
    code = await _code_of_bearable_pace(server)
    exchange = await server.poll(_PUNCTUAL, code.device_code)
    for _ in range(2):
        await server.wait_after(exchange, code.interval)
        exchange = await server.poll(_PUNCTUAL, code.device_code)


async def _keep_the_first_interval(server: Conversation) -> None:
    code = await _code_of_bearable_pace(server)
    early = await _poll_too_early(server, code)
    if early.error == _SLOW:
        await server.wait_after(early, code.interval)
        await server.poll(_HASTY, code.device_code)


async def _poll_twice_at_once(server: Conversation) -> None:
    code = await _code_of_bearable_pace(server)
    await server.polls_at_once(2, _TWINS, code.device_code)


EARLY = Scenario("early polls", _poll_early)
PUNCTUAL = Scenario("punctual polls", _poll_punctually)
KEPT = Scenario("polls at the first interval", _keep_the_first_interval)
TWINS = Scenario("twin polls", _poll_twice_at_once)


def _first(record: Record) -> Ruling:
    exchange = record.one(_FIRST)
    if exchange.error == _SLOW:
        return failed("The first poll of a code is answered with slow_down.", exchange)
    if exchange.error != _PENDING:
        return failed(f"The first poll is answered with {exchange.summary}.", exchange)
    return passed("The first poll is pending.")


def _status(record: Record) -> Ruling:
    exchange = record.one(_FIRST)
    if exchange.status != 400:
        return failed(f"A pending poll has the status {exchange.status}, not 400.", exchange)
    return passed("A pending poll has the status 400.")


def _shape(record: Record) -> Ruling:
    exchange = record.one(_FIRST)
    kind = exchange.header("content-type").partition(";")[0].strip().lower()
    if not exchange.is_json or kind != "application/json":
        return failed("A pending response is not an object of application/json.", exchange)
    return passed("A pending response is application/json.")


def _early(record: Record) -> Ruling:
    exchange = record.one(_EARLY)
    if exchange.error == _SLOW:
        return passed("A poll that comes too early gets slow_down.")
    if exchange.error == _PENDING:
        if exchange.sent_at - record.one(_FIRST).sent_at > float(record.fact(_INTERVAL)) * _EARLY_ENOUGH:
            return not_judged("The interval is too short to poll early for sure.", exchange)
        return warned("A poll that comes too early is tolerated.", exchange)
    return failed(f"A poll that comes too early ends with {exchange.summary}.", exchange)


def _slow_down_status(record: Record) -> Ruling:
    exchange = _slow_down(record)
    if exchange.status != 400:
        return failed(f"slow_down has the status {exchange.status}, not 400.", exchange)
    return passed("slow_down has the status 400.")


def _slow_down(record: Record) -> Exchange:
    exchange = record.one(_EARLY)
    if exchange.error != _SLOW:
        raise NotRecordedError("the server never sent slow_down")
    return exchange


def _recovery(record: Record) -> Ruling:
    _slow_down(record)
    later = (record.one(_AFTER), record.one(_LATER))
    if any(exchange.error == _SLOW for exchange in later):
        return failed("A device that waits five seconds longer still gets slow_down.", *later)
    if any(exchange.error != _PENDING for exchange in later):
        return failed("A code ends after slow_down.", *later)
    return passed("A device that waits five seconds longer is pending again.")


def _punctual(record: Record) -> Ruling:
    record.one(_PUNCTUAL)
    exchanges = record.all(_PUNCTUAL)
    if any(exchange.error == _SLOW for exchange in exchanges):
        return failed("A device that keeps the advertised interval gets slow_down.", *exchanges)
    if any(exchange.error != _PENDING for exchange in exchanges):
        return failed("A device that keeps the advertised interval isn't pending.", *exchanges)
    return passed("A device that keeps the advertised interval never gets slow_down.")


def _kept(record: Record) -> Ruling:
    _slow_down(record)
    exchange = record.one(_HASTY)
    if exchange.error not in {_SLOW, _PENDING}:
        return failed(f"A poll at the first interval ends with {exchange.summary}.", exchange)
    if exchange.error == _PENDING:
        return warned("After slow_down the server is content with the first interval.", exchange)
    return passed("After slow_down the server holds the device to the longer interval.")


def _twins(record: Record) -> Ruling:
    exchanges = record.all(_TWINS)
    if len(exchanges) < 2:
        raise NotRecordedError(record.gap or "not sent")
    if any(exchange.failure for exchange in exchanges):
        return not_judged("Of two polls at once, one got no response.", *exchanges)
    if any(exchange.is_fault for exchange in exchanges):
        return failed("Two polls at once make the server fail.", *exchanges)
    if any(exchange.error not in {_PENDING, _SLOW} for exchange in exchanges):
        return failed("Two polls at once end the code.", *exchanges)
    return passed("Two polls at once are pending, or one is asked to slow down.")


_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_RESPONSE = "RFC 8628 §3.5"

CHECKS = (
    Check(
        "poll.first",
        EARLY,
        _HIGH,
        _RESPONSE,
        "The first poll of a code is pending.",
        "Count the interval from the first poll, not from the device authorization request.",
        _first,
    ),
    Check(
        "poll.pending-status",
        EARLY,
        _HIGH,
        "RFC 6749 §5.2",
        "authorization_pending has the status 400.",
        "Send 400: with 2xx a device looks for tokens, with 401 or 403 it gives up.",
        _status,
    ),
    Check(
        "poll.pending-shape",
        EARLY,
        _MEDIUM,
        "RFC 6749 §5.2",
        "authorization_pending is a JSON object.",
        "Send the error as application/json.",
        _shape,
    ),
    Check(
        "poll.early",
        EARLY,
        _MEDIUM,
        _RESPONSE,
        "A poll before the interval gets slow_down.",
        "Respond with slow_down to a poll before the interval, and keep the code.",
        _early,
    ),
    Check(
        "poll.slow-down-status",
        EARLY,
        _HIGH,
        "RFC 6749 §5.2",
        "slow_down has the status 400.",
        "Send 400 with the error slow_down.",
        _slow_down_status,
    ),
    Check(
        "poll.slow-down-recovers",
        EARLY,
        _HIGH,
        _RESPONSE,
        "After slow_down, five more seconds are enough.",
        "Add at most five seconds for each slow_down: that is all that a device adds.",
        _recovery,
    ),
    Check(
        "poll.punctual",
        PUNCTUAL,
        _HIGH,
        _RESPONSE,
        "The enforced interval is the advertised one.",
        "Enforce no longer interval than the response of the device authorization request says.",
        _punctual,
    ),
    Check(
        "poll.slow-down-kept",
        KEPT,
        _LOW,
        _RESPONSE,
        "The longer interval holds for all later polls.",
        "Keep the interval that slow_down has lengthened for this code.",
        _kept,
    ),
    Check(
        "poll.twins",
        TWINS,
        _MEDIUM,
        _RESPONSE,
        "Two polls at once do no harm.",
        "Let concurrent polls of one code be pending or slow_down.",
        _twins,
    ),
)
