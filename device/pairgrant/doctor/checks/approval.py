"""The way to tokens after an approval: their shape, and what a used code is still good for."""

from pairgrant.doctor.check import Check, Scenario
from pairgrant.doctor.checks.start import is_seconds
from pairgrant.doctor.conversation import Conversation
from pairgrant.doctor.exchange import Exchange
from pairgrant.doctor.finding import Ruling, Severity, failed, not_judged, passed, warned
from pairgrant.doctor.record import NotRecordedError, Record
from pairgrant_protocol.vocabulary import ErrorCode, GrantType

_FIRST, _TOKENS, _REPLAY, _REFRESH = "poll before", "poll after approval", "poll with a used code", "refresh"
_REPLAYS = 3
AT_ONCE = 20
_BURST = "one of twenty polls at once"
_BURSTS = 4
_AFTER_REPLAY = "refresh after replay"


async def _sign_in(server: Conversation) -> None:
    code = await server.code()
    first = await server.poll(_FIRST, code.device_code)
    if result := await server.decide("approve", code):
        raise NotRecordedError(result)
    await server.poll_until_decided(_TOKENS, code, first)


async def _refresh(server: Conversation) -> None:
    code = await server.approved_code()
    tokens = await server.poll_until_decided(_TOKENS, code)
    if tokens is None or not tokens.text("refresh_token"):
        raise NotRecordedError("there is no refresh token; does --scope have to ask for one?")
    await _send_refresh(server, _REFRESH, tokens)


async def _replay(server: Conversation) -> None:
    code = await server.approved_code()
    exchange = await server.poll_until_decided(_TOKENS, code)
    if exchange is None or not exchange.has_tokens:
        return
    for _ in range(_REPLAYS):
        await server.wait_after(exchange, code.interval)
        exchange = await server.poll(_REPLAY, code.device_code)
    tokens = server.record.one(_TOKENS)
    if tokens.text("refresh_token"):
        await _send_refresh(server, _AFTER_REPLAY, tokens)


async def _redeem_at_once(server: Conversation) -> None:
    code = await server.approved_code()
    for _ in range(_BURSTS):
        exchanges = await server.polls_at_once(AT_ONCE, _BURST, code.device_code)
        if not all(
            exchange.error in {ErrorCode.AUTHORIZATION_PENDING, ErrorCode.SLOW_DOWN} for exchange in exchanges
        ):
            return
        await server.wait_after(exchanges[-1], code.interval + 5)


async def _send_refresh(server: Conversation, label: str, tokens: Exchange) -> None:
    form = (
        ("grant_type", GrantType.REFRESH_TOKEN.value),
        ("refresh_token", tokens.text("refresh_token")),
        *server.identity,
    )
    await server.token_request(label, form)


SIGN_IN = Scenario("approval", _sign_in, needs_approval=True)
REFRESH = Scenario("refresh", _refresh, needs_approval=True)
REPLAY = Scenario("replay", _replay, needs_approval=True)
REDEMPTIONS = Scenario("redemptions at once", _redeem_at_once, needs_approval=True)


def _tokens(record: Record) -> Exchange:
    exchange = record.one(_TOKENS)
    if not exchange.has_tokens:
        raise NotRecordedError(f"there are no tokens: {exchange.summary}")
    return exchange


def _issued(record: Record) -> Ruling:
    if record.facts.get("approve"):
        raise NotRecordedError(record.facts["approve"])
    exchange = record.one(_TOKENS)
    if not exchange.has_tokens:
        return failed(f"After the approval, a poll is answered with {exchange.summary}.", exchange)
    return passed("After the approval, the device gets tokens.")


def _token_type(record: Record) -> Ruling:
    exchange = _tokens(record)
    kind = exchange.text("token_type")
    if not kind:
        return failed("The response has no token_type.", exchange)
    if kind.lower() not in {"bearer", "dpop", "mac", "n_a"}:
        return failed("The token_type is neither Bearer nor DPoP.", exchange)
    if kind.lower() == "dpop":
        return failed("The token_type is DPoP, although no key was proved.", exchange)
    return passed(f"The token_type is {kind.capitalize()}.")


def _no_store(record: Record) -> Ruling:
    exchange = _tokens(record)
    if "no-store" not in exchange.header("cache-control").lower():
        return failed("The tokens are sent without Cache-Control: no-store.", exchange)
    return passed("The tokens must not be stored by caches.")


def _lifetime(record: Record) -> Ruling:
    exchange = _tokens(record)
    value = exchange.members.get("expires_in")
    if value is None:
        return warned("The response has no expires_in.", exchange)
    if not is_seconds(value):
        return failed("expires_in is not a positive number.", exchange)
    if value > 86_400:
        return warned("An access token lives longer than a day.", exchange)
    return passed(f"An access token lives {value:.0f} seconds.")


def _scope(record: Record) -> Ruling:
    exchange = _tokens(record)
    if "scope" in exchange.members and not isinstance(exchange.members["scope"], str):
        return failed("scope is not a text.", exchange)
    granted, asked = set(exchange.text("scope").split()), set(record.scope.split())
    if asked and granted - asked:
        return failed("The granted scope has more than was asked for.", exchange)
    return passed("The granted scope has nothing that was not asked for.")


def _rotation(record: Record) -> Ruling:
    tokens, exchange = _tokens(record), record.one(_REFRESH)
    if not record.is_public:
        raise NotRecordedError("the client is confidential, so its refresh tokens needn't be replaced")
    if not exchange.has_tokens:
        return failed(f"A refresh right after the sign-in is answered with {exchange.summary}.", exchange)
    new = exchange.text("refresh_token")
    if not new or new == tokens.text("refresh_token"):
        return failed("A public client keeps its refresh token when it uses it.", exchange)
    return passed("A public client gets a new refresh token with each refresh.")


def _used_code(record: Record) -> Ruling:
    original = _tokens(record)
    record.one(_REPLAY)
    replays = record.all(_REPLAY)
    if any(
        exchange.has_tokens and exchange.text("access_token") != original.text("access_token")
        for exchange in replays
    ):
        return failed("A used device_code gives new tokens.", *replays)
    last = replays[-1]
    if last.has_tokens:
        return warned("A used device_code gives the same tokens again and again.", *replays)
    if last.error != ErrorCode.INVALID_GRANT:
        return failed(f"A used device_code is refused with {last.summary}; expected invalid_grant.", last)
    again = " after the lost response was repeated" if replays[0].has_tokens else ""
    return passed(f"A used device_code is refused with invalid_grant{again}.")


def _replay_revokes(record: Record) -> Ruling:
    _tokens(record)
    record.one(_REPLAY)
    exchange = record.one(_AFTER_REPLAY)
    if exchange.has_tokens:
        return warned("After a used device_code was sent again, its refresh token still works.", exchange)
    return passed(f"A replay ends the sign-in: {exchange.summary}.")


def _once(record: Record) -> Ruling:
    exchanges = record.all(_BURST)
    if not exchanges:
        raise NotRecordedError(record.gap or "not sent")
    given = {exchange.text("access_token") for exchange in exchanges if exchange.has_tokens}
    if len(given) > 1:
        return failed(f"Of twenty polls at once, {len(given)} got tokens of their own.", *exchanges[:3])
    if faults := [exchange for exchange in exchanges if exchange.is_fault and not exchange.failure]:
        return failed("Twenty polls at once make the server fail.", *faults[:3])
    if unanswered := [exchange for exchange in exchanges if exchange.failure]:
        return not_judged(f"Of twenty polls at once, {len(unanswered)} got no response.", *unanswered[:3])
    if not given:
        return failed("Of twenty polls at once, none got tokens.", *exchanges[:3])
    return passed("Of twenty polls at once, one redeemed the code.")


_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW

CHECKS = (
    Check(
        "tokens.issued",
        SIGN_IN,
        _HIGH,
        "RFC 8628 §3.5",
        "An approval leads to tokens.",
        "Respond with 200 and the tokens once the person has approved.",
        _issued,
    ),
    Check(
        "tokens.type",
        SIGN_IN,
        _HIGH,
        "RFC 6749 §5.1",
        "The response has a token_type that the device can use.",
        "Send token_type Bearer to a device that proved no key.",
        _token_type,
    ),
    Check(
        "tokens.no-store",
        SIGN_IN,
        _MEDIUM,
        "RFC 6749 §5.1",
        "Tokens are not stored by caches.",
        "Send Cache-Control: no-store.",
        _no_store,
    ),
    Check(
        "tokens.lifetime",
        SIGN_IN,
        _LOW,
        "RFC 6749 §5.1; RFC 10027, short-lived tokens",
        "The response says how long the access token lives.",
        "Send expires_in as a number of seconds, at most a day.",
        _lifetime,
    ),
    Check(
        "tokens.scope",
        SIGN_IN,
        _HIGH,
        "RFC 6749 §3.3; RFC 10027, limited scopes",
        "The granted scope has nothing that was not asked for.",
        "Grant at most what the device asked for, and say so in scope.",
        _scope,
    ),
    Check(
        "tokens.rotation",
        REFRESH,
        _MEDIUM,
        "RFC 9700 §2.2.2",
        "Refresh tokens of public clients are replaced or bound to a key.",
        "Issue a new refresh token with each refresh of a public client, and refuse the used one.",
        _rotation,
    ),
    Check(
        "tokens.used-code",
        REPLAY,
        _HIGH,
        "RFC 6749 §5.2; RFC 10027, one-time codes",
        "A used device_code is refused with invalid_grant.",
        "Redeem a code once; respond with invalid_grant from then on.",
        _used_code,
    ),
    Check(
        "tokens.replay-revokes",
        REPLAY,
        _LOW,
        "RFC 6749 §4.1.2",
        "A replay of a used code ends the sign-in.",
        "Revoke the tokens of a code that is sent again, as for authorization codes.",
        _replay_revokes,
    ),
    Check(
        "tokens.once",
        REDEMPTIONS,
        _HIGH,
        "RFC 6749 §10.5; RFC 10027, one-time codes",
        "Polls at the same moment redeem a code once.",
        "Redeem a code in one atomic step of the store.",
        _once,
    ),
)
