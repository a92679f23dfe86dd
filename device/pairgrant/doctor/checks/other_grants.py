"""Grants and endpoints beside the device grant that weaken the server (RFC 9700)."""

from pairgrant.doctor.addresses import parts_of
from pairgrant.doctor.check import Check, Scenario
from pairgrant.doctor.conversation import Conversation
from pairgrant.doctor.exchange import Exchange
from pairgrant.doctor.finding import Ruling, Severity, failed, passed
from pairgrant.doctor.record import NotRecordedError, Record
from pairgrant_protocol.vocabulary import ErrorCode

_PASSWORD, _FOREIGN, _CORS = "password grant", "foreign redirect_uri", "request of another site"
_INTROSPECTION = "introspection without authentication"
FOREIGN_HOST = "pairgrant-doctor.invalid"


async def _ask(server: Conversation) -> None:
    metadata = server.record.metadata
    form = (
        ("grant_type", "password"),
        ("username", "pairgrant-doctor"),
        ("password", "no-password-of-anyone"),
        *server.identity,
    )
    await server.token_request(_PASSWORD, form)
    if "authorization_endpoint" in metadata:
        request = (
            ("response_type", "code"),
            ("client_id", server.target.client_id),
            ("redirect_uri", f"https://{FOREIGN_HOST}/callback"),
            ("state", "pairgrant-doctor"),
        )
        endpoint = server.endpoint("authorization_endpoint")
        await server.send(_FOREIGN, "GET", endpoint, form=request)
        origin = {"Origin": f"https://{FOREIGN_HOST}"}
        await server.send(_CORS, "GET", endpoint, form=request, headers=origin)
    if "introspection_endpoint" in metadata:
        endpoint = server.endpoint("introspection_endpoint")
        await server.send(_INTROSPECTION, "POST", endpoint, form=(("token", "pairgrant-doctor"),))


SCENARIO = Scenario("other grants", _ask)


def _password(record: Record) -> Ruling:
    exchange = record.one(_PASSWORD)
    if exchange.is_fault:
        return failed(f"The password grant makes the server fail: {exchange.summary}.", exchange)
    if exchange.has_tokens or exchange.error == ErrorCode.INVALID_GRANT:
        return failed(f"The password grant is processed: {exchange.summary}.", exchange)
    return passed(f"The password grant is refused: {exchange.summary}.")


def _at_authorization_endpoint(record: Record, label: str) -> Exchange | None:
    """The exchange; None if there is no authorization endpoint."""
    if not record.gap and "authorization_endpoint" not in record.metadata:
        return None
    return record.one(label)


def _redirect(record: Record) -> Ruling:
    exchange = _at_authorization_endpoint(record, _FOREIGN)
    if exchange is None:
        return passed("There is no authorization endpoint.")
    if parts_of(exchange.header("location")).hostname == FOREIGN_HOST:
        return failed("The authorization endpoint redirects to an unregistered address.", exchange)
    return passed("The authorization endpoint doesn't redirect to an unregistered address.")


def _cors(record: Record) -> Ruling:
    exchange = _at_authorization_endpoint(record, _CORS)
    if exchange is None:
        return passed("There is no authorization endpoint.")
    if exchange.header("access-control-allow-origin"):
        return failed("The authorization endpoint lets scripts of other sites read it.", exchange)
    return passed("Scripts of other sites can't read the authorization endpoint.")


def _introspection(record: Record) -> Ruling:
    if "introspection_endpoint" not in record.metadata and not record.gap:
        return passed("There is no introspection endpoint.")
    exchange = record.one(_INTROSPECTION)
    if exchange.is_fault:
        raise NotRecordedError(f"the introspection endpoint failed: {exchange.summary}")
    if exchange.is_ok and "active" in exchange.members:
        return failed("The introspection endpoint serves callers that don't authenticate.", exchange)
    return passed(f"Introspection needs authentication: {exchange.summary}.")


CHECKS = (
    Check(
        "grants.password",
        SCENARIO,
        Severity.HIGH,
        "RFC 9700 §2.4",
        "The password grant is refused.",
        "Remove the password grant: it must not be used.",
        _password,
    ),
    Check(
        "grants.redirect",
        SCENARIO,
        Severity.HIGH,
        "RFC 9700 §2.1, §4.11.2",
        "An unregistered redirect_uri is never followed.",
        "Compare redirect_uri exactly with the registered ones, and show an error page otherwise.",
        _redirect,
    ),
    Check(
        "grants.cors",
        SCENARIO,
        Severity.MEDIUM,
        "RFC 9700 §2.6",
        "The authorization endpoint has no CORS.",
        "Send no Access-Control-Allow-Origin from the authorization endpoint.",
        _cors,
    ),
    Check(
        "grants.introspection",
        SCENARIO,
        Severity.MEDIUM,
        "RFC 7662 §2.1",
        "Introspection needs authentication.",
        "Require the authentication of a resource server, so that tokens can't be tried out.",
        _introspection,
    ),
)
