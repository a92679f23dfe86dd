"""The options of ``client add`` and ``client set``: one table with an option for each field."""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from pairgrant_server.authorization_server.clients.clients import ClientError
from pairgrant_server.authorization_server.keys.key_lifecycle import ALGORITHMS
from pairgrant_server.authorization_server.model.client_policy import CHOICES
from pairgrant_server.authorization_server.model.scopes import SCOPES
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.client.fields import FIELDS, GRANTS, InvalidFieldError, read_value


@dataclass(frozen=True, slots=True)
class _Option:
    """``field`` names a field of the record or its policy; ``flag`` is what the operator types."""

    field: str
    flag: str
    help: str
    metavar: str | None = None
    takes: Any = str


_DURATION = "For example 10m. Default: the server's setting."

_WORDS = {
    name: f"{', '.join(CHOICES[name])}. Default: as the profile says."
    for name in ("number_match", "fresh_scan", "prefill")
}

OPTIONS = (
    _Option("name", "--name", "Name shown on the approval page.", "TEXT"),
    _Option(
        "grant_types",
        "--grant",
        f"Grant type that the client may use: {', '.join(GRANTS)}. Can be repeated.",
        "GRANT",
        list[str],
    ),
    _Option(
        "scope",
        "--scope",
        f"Scopes that the client may request, separated by spaces. This server knows: {' '.join(SCOPES)}.",
        "SCOPES",
    ),
    _Option("optional_scope", "--optional-scope", "Scopes that a person may decline at consent.", "SCOPES"),
    _Option(
        "redirect_uris",
        "--redirect-uri",
        "Redirect URI after a sign-in by browser. Can be repeated.",
        "URI",
        list[str],
    ),
    _Option(
        "post_logout_redirect_uris",
        "--post-logout-redirect-uri",
        "Redirect URI after a sign-out. Can be repeated.",
        "URI",
        list[str],
    ),
    _Option("jwks", "--jwks", "JWK Set with the client's public keys (private_key_jwt).", metavar="FILE"),
    _Option(
        "device_code_lifetime",
        "--device-code-lifetime",
        f"Lifetime of a device code. {_DURATION}",
        "DURATION",
    ),
    _Option(
        "access_token_lifetime",
        "--access-token-lifetime",
        f"Lifetime of an access token. {_DURATION}",
        "DURATION",
    ),
    _Option(
        "refresh_token_lifetime",
        "--refresh-token-lifetime",
        f"Idle lifetime of a refresh token. {_DURATION}",
        "DURATION",
    ),
    _Option(
        "connection_lifetime",
        "--connection-lifetime",
        f"Lifetime of a connection, even if it is in use. {_DURATION}",
        "DURATION",
    ),
    _Option(
        "resources",
        "--resource",
        "API that the client may request tokens for (RFC 8707). Can be repeated.",
        "URI",
        list[str],
    ),
    _Option(
        "serves",
        "--serves",
        "API that this client is, so that it may introspect tokens for it. Can be repeated.",
        "URI",
        list[str],
    ),
    _Option(
        "id_token_algorithm",
        "--id-token-alg",
        f"Algorithm of ID tokens: {' or '.join(ALGORITHMS)}. Default: {ALGORITHMS[0]}.",
        "ALG",
    ),
    _Option(
        "requires_dpop", "--dpop/--no-dpop", "Require tokens bound to a key (DPoP, RFC 9449).", takes=bool
    ),
    _Option(
        "requires_device_pkce",
        "--device-pkce/--no-device-pkce",
        "Require PKCE in the device flow (RFC 7636, S256).",
        takes=bool,
    ),
    _Option(
        "requires_pushed_requests",
        "--par/--no-par",
        "Require pushed authorization requests (RFC 9126).",
        takes=bool,
    ),
    _Option(
        "assertion_issuers",
        "--assertion-issuer",
        "Issuer whose assertions the client may exchange, and a JWK Set with its keys. Can be repeated.",
        "ISS=FILE",
        list[str],
    ),
    _Option(
        "accepts_endpoint_audience",
        "--endpoint-audience/--no-endpoint-audience",
        "Accept assertions whose aud is an endpoint of this server, as some libraries send it. Default: "
        "only the issuer.",
        takes=bool,
    ),
    _Option(
        "trusted_networks",
        "--trusted-network",
        "Network from which devices may start the device flow. Can be repeated. Default: any.",
        "CIDR",
        list[str],
    ),
    _Option(
        "requires_same_network",
        "--same-network/--no-same-network",
        "Require approval from the device's own network.",
        takes=bool,
    ),
    _Option(
        "enrolled_keys",
        "--enrolled-key",
        "JWK thumbprint of a DPoP key that may start the device flow. Can be repeated. Default: any.",
        "JKT",
        list[str],
    ),
    _Option(
        "requires_return_pin",
        "--return-pin/--no-return-pin",
        "Require three digits from the phone to be typed on the device.",
        takes=bool,
    ),
    _Option(
        "device_authorizations_per_minute",
        "--device-authorizations-per-minute",
        "Device codes per minute from one network. Default: the server's setting.",
        metavar="N",
    ),
    _Option(
        "ignores_device_names",
        "--ignore-device-names/--show-device-names",
        "Never show what devices call themselves. Default: pages quote it below the client's name.",
        takes=bool,
    ),
    _Option(
        "profile",
        "--profile",
        f"What an approval is asked for: {', '.join(CHOICES['profile'])}. Default: standard.",
        "NAME",
    ),
    _Option(
        "number_match",
        "--number-match",
        f"Two digits of the device are typed on the phone: {_WORDS['number_match']}",
        "WHEN",
    ),
    _Option(
        "fresh_scan",
        "--fresh-scan",
        f"The QR code changes, and an old one proves nothing: {_WORDS['fresh_scan']}",
        "WHEN",
    ),
    _Option("prefill", "--prefill", f"A link may carry the code: {_WORDS['prefill']}", "WHEN"),
    _Option("strong_scope", "--strong-scope", "Scopes that only strong evidence gives.", "SCOPES"),
    _Option(
        "weak_connection_lifetime",
        "--weak-connection-lifetime",
        "Lifetime of a connection without strong evidence. For example 1d. Default: as with it.",
        "DURATION",
    ),
    _Option(
        "requires_device_label",
        "--device-label/--no-device-label",
        "Require a label that was set up at the device, and that the person enters on the phone.",
        takes=bool,
    ),
    _Option(
        "requires_known_device",
        "--require-known-device/--any-device",
        "Let only devices start that prove an enrolled key, or the key of a live connection.",
        takes=bool,
    ),
)


def with_client_options(
    *, only: Collection[str] = FIELDS, leaving_out: Collection[str] = ()
) -> Callable[[Callable[..., None]], Any]:
    """Add the options of the table to a command, which gets those that were typed as ``given``, by field."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        options = [option for option in OPTIONS if option.field in only and option.field not in leaving_out]

        @wraps(command)
        def run(**typed: Any) -> None:
            given = {option.field: typed.pop(option.field) for option in options}
            command(
                **typed, given={field: value for field, value in given.items() if value not in (None, [])}
            )

        own = [one for one in inspect.signature(command).parameters.values() if one.name != "given"]
        added = [
            inspect.Parameter(
                option.field,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[
                    option.takes | None, typer.Option(option.flag, help=option.help, metavar=option.metavar)
                ],
            )
            for option in options
        ]
        run.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]  # typer reads it
        return run

    return decorate


_FLAGS = {option.field: option.flag.partition("/")[0] for option in OPTIONS}


@contextmanager
def naming_the_option() -> Iterator[None]:
    """Put the name of the option before the text of a ``ClientError``.

    Raises:
        CommandError: for a ``ClientError`` about an option.
    """
    try:
        yield
    except ClientError as error:
        if error.field not in _FLAGS:
            raise
        raise CommandError(f"{_FLAGS[error.field]}: {error}") from None


def values_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The typed options in the types that the record and its policy have.

    Raises:
        CommandError: a value is invalid; the text names the option.
    """
    values = {}
    for field, typed in given.items():
        try:
            values[field] = read_value(field, typed, _file)
        except InvalidFieldError as error:
            raise CommandError(f"{_FLAGS[field]}: {error}") from None
    return values


def _file(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFieldError(f"{name} can't be read ({error})") from None
