"""``pairgrant-server registration-token``: initial access tokens for registration (RFC 7591)."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.registration_floor import FLOOR_RULES
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import InitialAccessToken
from pairgrant_server.authorization_server.model.scopes import SCOPES
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.client.description import in_short
from pairgrant_server.commands.client.fields import GRANTS, InvalidFieldError, grant_of
from pairgrant_server.commands.client.options import naming_the_option, values_of, with_client_options
from pairgrant_server.commands.command import DatabaseOption, JsonOption, with_backend
from pairgrant_server.commands.durations import DurationError, in_words, seconds_of

app = typer.Typer(no_args_is_help=True, help="Manage tokens for client registration.")

_MAX_NAME = 80
_LONGEST = 366 * 86_400
_MOST_USES = 1_000_000

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Your name for the token, like who gets it.")
]


@app.command(
    epilog="Example: pairgrant-server registration-token add integrators --uses 10 --expires-in 7d "
    '--grant device_code --grant refresh_token --scope "openid offline_access board:read"'
)
@with_client_options(only=FLOOR_RULES)
def add(
    name: NameArgument,
    *,
    grant: Annotated[
        list[str],
        typer.Option(help=f"Grant type that the clients may have: {', '.join(GRANTS)}. Can be repeated."),
    ],
    scope: Annotated[
        str, typer.Option(help=f"Scopes that the clients may have, separated by spaces: {' '.join(SCOPES)}.")
    ] = "openid profile",
    uses: Annotated[
        int, typer.Option(min=1, max=_MOST_USES, help="How many clients may register with the token.")
    ] = 1,
    expires_in: Annotated[
        str, typer.Option(help="Lifetime of the token, like 90s, 10m, 1h30m or 7d.")
    ] = "7d",
    database: DatabaseOption = None,
    given: Mapping[str, Any],
) -> None:
    """Make a token for registering clients at /register, and print it once.

    A client that registers with it gets the rules that the options name, and can make them stricter, never
    looser.
    """
    if not 1 <= len(name) <= _MAX_NAME or visible(name) != name:
        raise CommandError(f"NAME: write 1 to {_MAX_NAME} visible characters.")
    lifetime = _lifetime(expires_in)
    with naming_the_option():
        policy = ClientPolicy(**values_of(given))
    grant_types = frozenset(map(_grant_type, grant))
    scopes = split_scope(scope)

    async def work(backend: Backend) -> Secret:
        return await backend.parts.initial_access_tokens.add(
            name, grant_types=grant_types, scope=scopes, uses=uses, lifetime=lifetime, policy=policy
        )

    with naming_the_option():
        token = with_backend(database, work)
    typer.echo(
        f"Clients can register with this token for {in_words(lifetime)}. It is shown only once:", err=True
    )
    typer.echo(token.reveal())


def _lifetime(written: str) -> int:
    try:
        seconds = seconds_of(written)
    except DurationError as error:
        raise CommandError(f"--expires-in: {error}.") from None
    if not 1 <= seconds <= _LONGEST:
        raise CommandError("--expires-in: the lifetime of a token is from 1 second to 366 days.")
    return seconds


def _grant_type(written: str) -> GrantType:
    try:
        return grant_of(written)
    except InvalidFieldError as error:
        raise CommandError(str(error)) from None


@app.command("list", epilog="Example: pairgrant-server registration-token list")
def list_tokens(*, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List the tokens that can still be used. Their values are not stored, so they are not shown."""

    async def work(backend: Backend) -> Sequence[InitialAccessToken]:
        return await backend.parts.initial_access_tokens.all()

    tokens = with_backend(database, work)
    if as_json:
        typer.echo(json.dumps([_facts(token) for token in tokens], indent=2))
        return
    if not tokens:
        typer.echo(
            "There are no registration tokens. Make one: pairgrant-server registration-token add --help",
            err=True,
        )
    for token in tokens:
        end = datetime.fromtimestamp(token.expires_at, UTC).isoformat(" ", "minutes")
        left = "1 registration" if token.remaining == 1 else f"{token.remaining} registrations"
        grants = ", ".join(sorted(grant.rpartition(":")[2] for grant in token.grant_types))
        typer.echo(
            f"{token.name}  {left} until {end}  grants: {grants}  scope: {' '.join(token.scope) or 'none'}"
            f"  rules: {_rules(token.policy)}"
        )


def _rules(policy: ClientPolicy) -> str:
    return ", ".join(f"{name}={in_short(name, getattr(policy, name))}" for name in _named(policy)) or "none"


def _named(policy: ClientPolicy) -> list[str]:
    return sorted(json.loads(policy.to_json()))


def _facts(token: InitialAccessToken) -> dict[str, Any]:
    return {
        "name": token.name,
        "remaining": token.remaining,
        "grant_types": sorted(token.grant_types),
        "scope": " ".join(token.scope),
        "policy": json.loads(token.policy.to_json()),
        "expires_at": datetime.fromtimestamp(token.expires_at, UTC).isoformat(timespec="seconds"),
    }


@app.command(epilog="Example: pairgrant-server registration-token remove integrators")
def remove(name: NameArgument, database: DatabaseOption = None) -> None:
    """Remove every token with this name; clients that registered with it stay."""

    async def work(backend: Backend) -> bool:
        return await backend.parts.initial_access_tokens.remove(name)

    if not with_backend(database, work):
        raise CommandError(
            f"There is no registration token {visible(name)!r}. List them with: "
            "pairgrant-server registration-token list"
        )
    typer.echo(f"Removed the registration token {name}.")
