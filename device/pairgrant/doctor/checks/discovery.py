"""The metadata documents (RFC 8414, OpenID Connect Discovery), and what they admit."""

from typing import Any

from pairgrant.doctor.addresses import is_safe_origin, origin_of, parts_of
from pairgrant.doctor.check import Check, Scenario
from pairgrant.doctor.conversation import Conversation
from pairgrant.doctor.exchange import Exchange
from pairgrant.doctor.finding import Ruling, Severity, failed, passed, warned
from pairgrant.doctor.polite_session import TLS_FAILED
from pairgrant.doctor.record import NotRecordedError, Record
from pairgrant_protocol.metadata import metadata_urls
from pairgrant_protocol.vocabulary import GrantType

RFC8414, OPENID = "RFC 8414 document", "OpenID document"
_USED = ("device_authorization_endpoint", "token_endpoint")


async def _fetch(server: Conversation) -> None:
    for label, url in zip((RFC8414, OPENID), metadata_urls(server.target.issuer.rstrip("/")), strict=True):
        await server.send(label, "GET", url)


SCENARIO = Scenario("discovery", _fetch)


def found_documents(record: Record) -> tuple[Exchange, ...]:
    """The documents that exist."""
    both = (*record.all(RFC8414), *record.all(OPENID))
    return tuple(exchange for exchange in both if exchange.is_ok and exchange.is_json)


def merged_metadata(record: Record) -> dict[str, Any]:
    """The members of both documents; the first document takes precedence."""
    merged: dict[str, Any] = {}
    for exchange in reversed(found_documents(record)):
        merged |= {name: value for name, value in exchange.members.items() if value is not None}
    return merged


def endpoints(record: Record) -> dict[str, str]:
    """The endpoints that the metadata names."""
    return {
        name: value
        for name, value in record.metadata.items()
        if name.endswith("_endpoint") and isinstance(value, str)
    }


def _names(record: Record, member: str) -> list[str] | None:
    value = record.metadata.get(member)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else None


def _document(record: Record) -> Ruling:
    sent = (*record.all(RFC8414), *record.all(OPENID))
    found = found_documents(record)
    if not found:
        return failed("Neither metadata document exists.", *sent)
    return passed(f"Found: {', '.join(exchange.label for exchange in found)}.")


def _content_type(record: Record) -> Ruling:
    wrong = [
        exchange
        for exchange in _required(record)
        if exchange.header("content-type").partition(";")[0].strip().lower() != "application/json"
    ]
    if wrong:
        return failed("A document has another content type than application/json.", *wrong)
    return passed("Documents are application/json.")


def _issuer(record: Record) -> Ruling:
    documents = _required(record)
    wrong = [exchange for exchange in documents if exchange.text("issuer") != record.issuer]
    if not wrong:
        return passed("Each document names exactly the issuer that was asked.")
    if all(exchange.text("issuer").rstrip("/") == record.issuer.rstrip("/") for exchange in wrong):
        return warned("The issuer in the document differs in its trailing slash from --issuer.", *wrong)
    return failed("A document names another issuer than the one that was asked.", *wrong)


def _agreement(record: Record) -> Ruling:
    documents = _required(record)
    for name in _USED:
        values = {exchange.text(name) for exchange in documents if exchange.text(name)}
        if len(values) > 1:
            return failed(f"The two documents name different endpoints as {name}.", *documents)
    return passed("The documents agree." if len(documents) > 1 else "There is one document.")


def _endpoint(record: Record) -> Ruling:
    documents = _required(record)
    missing = [name for name in _USED if name not in endpoints(record)]
    if missing:
        return failed(f"The metadata lacks {' and '.join(missing)}.", *documents)
    return passed("The metadata names both endpoints of the device grant.")


def _required(record: Record) -> tuple[Exchange, ...]:
    found = found_documents(record)
    if not found:
        raise NotRecordedError("there is no metadata document")
    return found


def _secure_endpoints(record: Record) -> Ruling:
    documents = _required(record)
    wrong = sorted(
        name for name, url in endpoints(record).items() if not is_safe_origin(url) or parts_of(url).fragment
    )
    if wrong:
        return failed(f"Neither https nor without a fragment: {', '.join(wrong)[:200]}.", *documents)
    return passed("Every endpoint is https, or on this machine, and has no fragment.")


def _secure_issuer(record: Record) -> Ruling:
    if not is_safe_origin(record.issuer):
        return failed("The issuer is not https.")
    broken = [exchange for exchange in record.exchanges if exchange.failure.startswith(TLS_FAILED)]
    if broken:
        return failed(f"No safe connection: {broken[0].failure}.", *broken)
    if record.issuer.startswith("https:"):
        return passed("The issuer is https, and its certificate is valid.")
    return passed("The issuer is on this machine, which needs no TLS.")


def _same_origin(record: Record) -> Ruling:
    documents = _required(record)
    other = sorted(
        name
        for name in _USED
        if (url := endpoints(record).get(name)) and origin_of(url) != origin_of(record.issuer)
    )
    if other:
        return warned(f"On another origin than the issuer: {', '.join(other)}.", *documents)
    return passed("The endpoints are on the issuer's origin.")


def _grant_type(record: Record) -> Ruling:
    documents = _required(record)
    grants = _names(record, "grant_types_supported")
    if grants is None:
        return failed("grant_types_supported is missing, which means only authorization_code.", *documents)
    if GrantType.DEVICE_CODE not in grants:
        return failed("grant_types_supported doesn't list the device grant.", *documents)
    return passed("grant_types_supported lists the device grant.")


def _password_listed(record: Record) -> Ruling:
    documents = _required(record)
    if "password" in (_names(record, "grant_types_supported") or []):
        return failed("grant_types_supported lists the password grant.", *documents)
    return passed("The password grant is not listed.")


def _implicit_listed(record: Record) -> Ruling:
    documents = _required(record)
    responses = _names(record, "response_types_supported")
    if responses is None:
        grants = _names(record, "grant_types_supported") or []
        responses = ["token"] if "implicit" in grants else []
    if any("token" in response.split() for response in responses):
        return warned("The metadata lists responses with an access token in the URL.", *documents)
    return passed("No response type has an access token in the URL.")


def _pkce(record: Record) -> Ruling:
    documents = _required(record)
    if "authorization_endpoint" not in endpoints(record):
        return passed("There is no authorization endpoint, so PKCE isn't needed.")
    methods = _names(record, "code_challenge_methods_supported")
    if methods is None or "S256" not in methods:
        return failed("code_challenge_methods_supported doesn't list S256.", *documents)
    if "plain" in methods:
        return warned("The PKCE method plain is offered beside S256.", *documents)
    return passed("PKCE is offered with S256 only.")


def _names_issuer(record: Record) -> Ruling:
    documents = _required(record)
    if "authorization_endpoint" not in endpoints(record):
        return passed("There is no authorization endpoint, so no response to name an issuer in.")
    if record.metadata.get("authorization_response_iss_parameter_supported") is not True:
        return warned("Authorization responses don't name the issuer.", *documents)
    return passed("Authorization responses name the issuer.")


def _sender_constrained(record: Record) -> Ruling:
    documents = _required(record)
    if _names(record, "dpop_signing_alg_values_supported"):
        return passed("The server supports DPoP.")
    if record.metadata.get("tls_client_certificate_bound_access_tokens") is True:
        return passed("The server binds tokens to TLS client certificates.")
    return warned("The metadata offers neither DPoP nor certificate-bound tokens.", *documents)


_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW

CHECKS = (
    Check(
        "discovery.document",
        SCENARIO,
        _MEDIUM,
        "RFC 8414 §3",
        "There is a metadata document.",
        "Serve /.well-known/oauth-authorization-server, so that devices find the endpoints by the issuer.",
        _document,
    ),
    Check(
        "discovery.content-type",
        SCENARIO,
        _LOW,
        "RFC 8414 §3.2",
        "The metadata is application/json.",
        "Send Content-Type: application/json with the document.",
        _content_type,
    ),
    Check(
        "discovery.issuer",
        SCENARIO,
        _HIGH,
        "RFC 8414 §3.3",
        "The document names exactly the issuer that was asked.",
        "Make `issuer` identical with the address that devices are configured with, to the last character.",
        _issuer,
    ),
    Check(
        "discovery.agreement",
        SCENARIO,
        _MEDIUM,
        "RFC 8414 §5",
        "Both documents name the same endpoints.",
        "Make both documents from the same settings.",
        _agreement,
    ),
    Check(
        "discovery.endpoints",
        SCENARIO,
        _HIGH,
        "RFC 8628 §4",
        "The metadata names the endpoints of the device grant.",
        "Add device_authorization_endpoint and token_endpoint to the metadata.",
        _endpoint,
    ),
    Check(
        "discovery.secure-endpoints",
        SCENARIO,
        _HIGH,
        "RFC 8628 §3.1",
        "Endpoints are https and have no fragment.",
        "Give every endpoint an https address without a fragment (RFC 6749 §3.2).",
        _secure_endpoints,
    ),
    Check(
        "tls.issuer",
        SCENARIO,
        _HIGH,
        "RFC 8414 §2",
        "The issuer is https with a valid certificate.",
        "Serve the issuer by https; plain http shows every code and token to the network.",
        _secure_issuer,
    ),
    Check(
        "discovery.same-origin",
        SCENARIO,
        _LOW,
        "RFC 9700 §4.4",
        "The endpoints are on the issuer's origin.",
        "Put the endpoints on the issuer's origin, so that a device can hold a server to it.",
        _same_origin,
    ),
    Check(
        "discovery.grant-type",
        SCENARIO,
        _MEDIUM,
        "RFC 8414 §2",
        "grant_types_supported lists the device grant.",
        f"Add {GrantType.DEVICE_CODE.value} to grant_types_supported; a client may rely on the list.",
        _grant_type,
    ),
    Check(
        "grants.password-listed",
        SCENARIO,
        _HIGH,
        "RFC 9700 §2.4",
        "The password grant is not offered.",
        "Remove the password grant: it must not be used.",
        _password_listed,
    ),
    Check(
        "grants.implicit-listed",
        SCENARIO,
        _MEDIUM,
        "RFC 9700 §2.1.2",
        "Access tokens are not issued in an authorization response.",
        "Remove response types with `token`, and the implicit grant.",
        _implicit_listed,
    ),
    Check(
        "grants.pkce",
        SCENARIO,
        _MEDIUM,
        "RFC 9700 §2.1.1",
        "PKCE is offered with S256 only.",
        "List S256, and drop plain, in code_challenge_methods_supported.",
        _pkce,
    ),
    Check(
        "grants.iss",
        SCENARIO,
        _LOW,
        "RFC 9207 §3",
        "Authorization responses name the issuer.",
        "Send `iss` and set authorization_response_iss_parameter_supported (RFC 9700 §4.4).",
        _names_issuer,
    ),
    Check(
        "tokens.sender-constrained",
        SCENARIO,
        _LOW,
        "RFC 9700 §2.2.1; RFC 10027, sender-constrained tokens",
        "Tokens can be bound to a key.",
        "Support DPoP (RFC 9449), so that a stolen token is useless elsewhere.",
        _sender_constrained,
    ),
)
