"""The options of ``client add`` and ``client set``: one for each part of a registration, from one table."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from pairgrant_server.authorization_server.clients.clients import ClientError
from pairgrant_server.authorization_server.keys.key_lifecycle import ALGORITHMS
from pairgrant_server.authorization_server.model.scopes import SCOPES
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.client.fields import GRANTS, ValueProblemError, read_value


@dataclass(frozen=True, slots=True)
class _Option:
    """``field`` is the record's or policy's; ``flag`` as it is typed."""

    field: str
    flag: str
    help: str
    metavar: str | None = None
    takes: Any = str


_DURATION = "Like 10m; default: the server's setting."

OPTIONS = (
    _Option("name", "--name", "What people read when they are asked to approve.", "TEXT"),
    _Option(
        "grant_types",
        "--grant",
        f"A grant type it may use; repeat it: {', '.join(GRANTS)}.",
        "GRANT",
        list[str],
    ),
    _Option(
        "scope",
        "--scope",
        f"Scopes it may ask for, separated by spaces; those known here: {' '.join(SCOPES)}.",
        "SCOPES",
    ),
    _Option("optional_scope", "--optional-scope", "Those of them that a person may leave out.", "SCOPES"),
    _Option(
        "redirect_uris",
        "--redirect-uri",
        "Where a sign-in by browser may return to; may be repeated.",
        "URI",
        list[str],
    ),
    _Option(
        "post_logout_redirect_uris",
        "--post-logout-redirect-uri",
        "Where a sign-out may return to; may be repeated.",
        "URI",
        list[str],
    ),
    _Option("jwks", "--jwks", "A JWK Set of the keys with which it signs (private_key_jwt).", metavar="FILE"),
    _Option(
        "device_code_lifetime", "--device-code-lifetime", f"How long a code lives. {_DURATION}", "DURATION"
    ),
    _Option(
        "access_token_lifetime", "--access-token-lifetime", f"How long one lives. {_DURATION}", "DURATION"
    ),
    _Option(
        "refresh_token_lifetime",
        "--refresh-token-lifetime",
        f"How long one may lie unused. {_DURATION}",
        "DURATION",
    ),
    _Option(
        "connection_lifetime",
        "--connection-lifetime",
        f"After this long it is paired again, however active. {_DURATION}",
        "DURATION",
    ),
    _Option(
        "resources",
        "--resource",
        "An API that it may ask tokens for (RFC 8707); may be repeated.",
        "URI",
        list[str],
    ),
    _Option(
        "serves",
        "--serves",
        "An API that it is: it may introspect tokens for it; may be repeated.",
        "URI",
        list[str],
    ),
    _Option(
        "id_token_algorithm", "--id-token-alg", f"{' or '.join(ALGORITHMS)}; default: {ALGORITHMS[0]}.", "ALG"
    ),
    _Option("requires_dpop", "--dpop/--no-dpop", "No token without a key of its own (RFC 9449).", takes=bool),
    _Option(
        "requires_device_pkce",
        "--device-pkce/--no-device-pkce",
        "PKCE on the device flow (RFC 7636, S256).",
        takes=bool,
    ),
    _Option(
        "requires_pushed_requests",
        "--par/--no-par",
        "Only pushed authorization requests (RFC 9126).",
        takes=bool,
    ),
    _Option(
        "assertion_issuers",
        "--assertion-issuer",
        "Whose signed assertions it may exchange, and a JWK Set of that issuer's keys; may be repeated.",
        "ISS=FILE",
        list[str],
    ),
    _Option(
        "trusted_networks",
        "--trusted-network",
        "A network from which a device may start; may be repeated. Default: anywhere.",
        "CIDR",
        list[str],
    ),
    _Option(
        "requires_same_network",
        "--same-network/--no-same-network",
        "Only a person on the device's own network may approve.",
        takes=bool,
    ),
    _Option(
        "enrolled_keys",
        "--enrolled-key",
        "The JWK thumbprint of a DPoP key that may start a device authorization; may be repeated. Default: any.",
        "JKT",
        list[str],
    ),
    _Option(
        "requires_return_pin",
        "--return-pin/--no-return-pin",
        "Three digits from the phone must be typed on the device.",
        takes=bool,
    ),
    _Option(
        "device_authorizations_per_minute",
        "--device-authorizations-per-minute",
        "How many codes it gets in a minute; default: the server's setting.",
        metavar="N",
    ),
)


def with_client_options(*, leaving_out: frozenset[str] = frozenset()) -> Callable[[Callable[..., None]], Any]:
    """Gives a command the options of the table; those that were typed come to it as the mapping ``given``, by field."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        options = [option for option in OPTIONS if option.field not in leaving_out]

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
    """What makes no sense in a registration is told with the option that it is about."""
    try:
        yield
    except ClientError as error:
        if error.field not in _FLAGS:
            raise
        raise CommandError(f"{_FLAGS[error.field]}: {error}") from None


def values_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, as the record and its policy keep it.

    Raises:
        CommandError
    """
    values = {}
    for field, typed in given.items():
        try:
            values[field] = read_value(field, typed, _file)
        except ValueProblemError as error:
            raise CommandError(f"{_FLAGS[field]}: {error}") from None
    return values


def _file(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueProblemError(f"{name} can't be read ({error})") from None
