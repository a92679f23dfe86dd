"""``pairgrant-server client``: register client applications and decide what each may do."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.clients import new_secret
from pairgrant_server.authorization_server.clock import system_clock
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.scopes import SCOPES
from pairgrant_server.authorization_server.risk.report import ClientRisk, risk_of
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.client.approval_description import chosen_in_short
from pairgrant_server.commands.client.description import described, grants_of, kind_of, worth_of_a_copy
from pairgrant_server.commands.client.fields import default_scope, with_values
from pairgrant_server.commands.client.options import naming_the_option, values_of, with_client_options
from pairgrant_server.commands.client.risk_report import risk_facts, risk_lines
from pairgrant_server.commands.command import (
    DatabaseOption,
    JsonOption,
    read_secret_line,
    with_backend,
)

app = typer.Typer(no_args_is_help=True, help="Manage client applications.")

_SHORT_SECRET = 16

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The client_id.")]


@app.command(
    epilog='Example: pairgrant-server client add lobby-tv --name "Lobby TV" --grant device_code '
    f'--grant refresh_token --scope "{" ".join(SCOPES)}"'
)
@with_client_options(leaving_out=frozenset({"name"}))
def add(
    client_id: Annotated[str, typer.Argument(metavar="ID", help="The client_id of the new client.")],
    *,
    name: Annotated[str, typer.Option(help="Name shown on the approval page.", metavar="TEXT")],
    secret: Annotated[
        bool,
        typer.Option("--secret", help="Make the client confidential: generate a secret and print it once."),
    ] = False,
    secret_stdin: Annotated[
        bool,
        typer.Option(
            "--secret-stdin", help="Make the client confidential: read its secret from standard input."
        ),
    ] = False,
    database: DatabaseOption = None,
    given: Mapping[str, Any],
) -> None:
    """Register a client application.

    Without a secret and without keys it is a public client, which is usual for devices.
    """
    values = values_of({**given, "name": name})
    values.setdefault("scope", default_scope(values.get("grant_types", frozenset())))
    shown = new_secret() if secret and not secret_stdin else None
    kept = shown or (_typed_secret() if secret_stdin else None)

    async def work(backend: Backend) -> tuple[Client, str, Sequence[str]]:
        clients = backend.parts.clients
        digest = None if kept is None else clients.secret_digest(client_id, kept)
        new = Client(client_id, name, frozenset(), (), system_clock(), secret_digest=digest)
        client = await clients.register(with_values(new, values))
        worth = worth_of_a_copy(client, backend.settings.for_server())
        return client, worth, await _undescribed(backend, client)

    with naming_the_option():
        client, worth, undescribed = with_backend(database, work)
    typer.echo(f"Added the {kind_of(client)} client {client.client_id}.")
    if GrantType.DEVICE_CODE in client.grant_types:
        typer.echo(chosen_in_short(client.policy), err=True)
    if client.grant_types:
        typer.echo(f"What a copied token is worth: {worth}", err=True)
    _note(undescribed)
    _show_once(shown)


@app.command(
    "set", epilog="Example: pairgrant-server client set lobby-tv --access-token-lifetime 5m --return-pin"
)
@with_client_options()
def set_client(
    client_id: IdArgument,
    *,
    public: Annotated[
        bool, typer.Option("--public", help="Remove the secret or keys: the client becomes public.")
    ] = False,
    database: DatabaseOption = None,
    given: Mapping[str, Any],
) -> None:
    """Change what a client may do. Omitted options keep their value; issued tokens stay valid.

    An option that can be repeated replaces all values, and an empty value ("") removes them all. The value
    "default" goes back to the server's setting.
    """
    if not given and not public:
        raise CommandError("Give at least one option; see: pairgrant-server client set --help")
    values = values_of(given)
    if public:
        values.update(secret_digest=None, jwks=None)
    elif values.get("jwks"):
        values["secret_digest"] = None  # a client authenticates in one way only

    async def work(backend: Backend) -> tuple[Sequence[str], list[str]]:
        before = await _client(backend, client_id)
        after = await backend.parts.clients.replace(with_values(before, values))
        undescribed = await _undescribed(backend, after)
        return undescribed, [] if after == before else list(described(after, backend.settings.for_server()))

    with naming_the_option():
        undescribed, lines = with_backend(database, work)
    if "scope" in values:
        _note(undescribed)
    if values.get("enrolled_keys") and lines:
        typer.echo(
            "Note: devices that are connected stay so, also with other keys or none. "
            "To disconnect one: pairgrant-server user revoke-device",
            err=True,
        )
    typer.echo("\n".join(lines) or f"Nothing to change: {client_id} already has these values.")


@app.command(epilog="Example: pairgrant-server client secret signage")
def secret(
    client_id: IdArgument,
    *,
    secret_stdin: Annotated[
        bool,
        typer.Option("--secret-stdin", help="Read the secret from standard input instead of generating one."),
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Give a client a new secret and print it once; the old one stops working immediately."""
    typed = _typed_secret() if secret_stdin else None
    fresh = typed or new_secret()

    async def work(backend: Backend) -> None:
        client, clients = await _client(backend, client_id), backend.parts.clients
        await clients.replace(replace(client, secret_digest=clients.secret_digest(client_id, fresh)))

    with_backend(database, work)
    typer.echo(f"The client {client_id} has a new secret.")
    _show_once(None if typed else fresh)


async def _undescribed(backend: Backend, client: Client) -> Sequence[str]:
    """The client's scopes that neither this server nor the operator has described."""
    defined = {scope.name for scope in await backend.parts.scopes.all()}
    return [value for value in client.scope if value not in SCOPES and value not in defined]


def _note(undescribed: Sequence[str]) -> None:
    """Each may be a typing mistake."""
    for value in undescribed:
        typer.echo(
            f"Note: this server has no description of the scope {value}; consent pages show its name. "
            f"Describe it: pairgrant-server scope set {value} --title TEXT",
            err=True,
        )


def _show_once(shown: Secret | None) -> None:
    if shown is not None:
        typer.echo("The secret is shown only once:", err=True)
        typer.echo(shown.reveal())


def _typed_secret() -> Secret:
    typed = Secret(read_secret_line(sys.stdin.read(), "secret"))
    if len(typed.reveal()) < _SHORT_SECRET:
        typer.echo(
            f"Warning: a client secret with fewer than {_SHORT_SECRET} characters can be guessed.", err=True
        )
    return typed


@app.command("list", epilog="Example: pairgrant-server client list")
def list_clients(*, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List the client applications, one per line."""

    async def work(backend: Backend) -> list[Client]:
        return await backend.parts.clients.all()

    clients = with_backend(database, work)
    if as_json:
        typer.echo(json.dumps([_facts(client) for client in clients], indent=2))
        return
    if not clients:
        typer.echo("There are no clients yet. Add one: pairgrant-server client add --help", err=True)
    width = max((len(client.client_id) for client in clients), default=0)
    for client in clients:
        typer.echo(f"{client.client_id:<{width}}  {kind_of(client):<12}  {client.name}")


@app.command(epilog="Example: pairgrant-server client show lobby-tv")
def show(client_id: IdArgument, *, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Show what a client may do and must do."""

    async def work(backend: Backend) -> tuple[Client, list[str]]:
        client = await _client(backend, client_id)
        return client, list(described(client, backend.settings.for_server()))

    client, lines = with_backend(database, work)
    typer.echo(json.dumps(_facts(client), indent=2) if as_json else "\n".join(lines))


@app.command(epilog="Example: pairgrant-server client risk lobby-tv")
def risk(client_id: IdArgument, *, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Assess the risk of the device grant for a client (RFC 10027): what protects, and what doesn't."""

    async def work(backend: Backend) -> ClientRisk:
        return risk_of(await _client(backend, client_id), backend.settings.for_server())

    found = with_backend(database, work)
    typer.echo(json.dumps(risk_facts(found), indent=2) if as_json else "\n".join(risk_lines(found)))


def _facts(client: Client) -> dict[str, Any]:
    """A registration without its secrets."""
    return {
        "client_id": client.client_id,
        "name": client.name,
        "kind": kind_of(client),
        "grant_types": grants_of(client),
        "scope": list(client.scope),
        "redirect_uris": list(client.redirect_uris),
        "jwks": None if client.jwks is None else json.loads(client.jwks),
        "created_at": client.created_at,
        "policy": json.loads(client.policy.to_json()),
    }


@app.command(epilog="Example: pairgrant-server client remove lobby-tv")
def remove(client_id: IdArgument, database: DatabaseOption = None) -> None:
    """Remove a client and every device that uses it."""

    async def work(backend: Backend) -> bool:
        return await backend.parts.clients.remove(client_id)

    if not with_backend(database, work):
        raise _unknown(client_id)
    typer.echo(f"Removed the client {client_id} and every device that used it.")


async def _client(backend: Backend, client_id: str) -> Client:
    client = await backend.parts.clients.client(client_id)
    if client is None:
        raise _unknown(client_id)
    return client


def _unknown(client_id: str) -> CommandError:
    return CommandError(
        f"There is no client {visible(client_id)!r}. List them with: pairgrant-server client list"
    )
