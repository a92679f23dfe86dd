"""``pairgrant-server client``: the client applications that may ask for tokens."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from shared.secret import Secret
from shared.visible_text import visible
from shared.vocabulary import GrantType
from verify_web.authorization_server.clients import SCOPES
from verify_web.authorization_server.records import Client
from verify_web.backend import Backend
from verify_web.commands.running import CommandError, DatabaseOption, read_secret_line, with_backend

app = typer.Typer(no_args_is_help=True, help="Add, list, show and remove client applications.")

_SHORT_NAMES = {grant_type.rpartition(":")[2]: grant_type for grant_type in GrantType}
_SHORT_SECRET = 16


@app.command(
    epilog='Example: pairgrant-server client add lobby-tv --name "Lobby TV" --grant device_code --grant refresh_token '
    '--scope "openid profile offline_access board:read"'
)
def add(
    client_id: Annotated[str, typer.Argument(metavar="ID", help="The client_id that the device sends.")],
    name: Annotated[str, typer.Option(help="What people read when they are asked to approve.")],
    grant: Annotated[
        list[str],
        typer.Option(help=f"A grant type it may use; may be repeated: {', '.join(_SHORT_NAMES)}."),
    ],
    scope: Annotated[
        str,
        typer.Option(
            help=f"Scopes it may ask for, separated by spaces; those known here: {' '.join(SCOPES)}."
        ),
    ] = "openid profile",
    redirect_uri: Annotated[
        list[str] | None, typer.Option(help="Where a sign-in by browser may return to.")
    ] = None,
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Read the client's secret from standard input.")
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Register a client application.

    Without a secret it is a public client, as devices usually are.
    """
    grant_types = frozenset(map(_grant_type, grant))
    secret = Secret(read_secret_line(sys.stdin.read(), "secret")) if secret_stdin else None
    if secret is not None and len(secret.reveal()) < _SHORT_SECRET:
        typer.echo(
            f"Warning: a client secret of fewer than {_SHORT_SECRET} characters can be guessed.", err=True
        )

    async def work(backend: Backend) -> Client:
        return await backend.parts.clients.add(
            client_id,
            name,
            secret=secret,
            grant_types=grant_types,
            scope=scope,
            redirect_uris=tuple(redirect_uri or ()),
        )

    client = with_backend(database, work)
    typer.echo(f"Added the {_kind(client)} client {client.client_id}.")


def _grant_type(name: str) -> GrantType:
    try:
        return _SHORT_NAMES[name] if name in _SHORT_NAMES else GrantType(name)
    except ValueError:
        raise CommandError(
            f"{visible(name)!r} is no grant type; choose from: {', '.join(_SHORT_NAMES)}. The implicit and password "
            "grants are not offered (RFC 9700)."
        ) from None


@app.command("list", epilog="Example: pairgrant-server client list")
def list_clients(database: DatabaseOption = None) -> None:
    """List the client applications, one a line."""

    async def work(backend: Backend) -> list[Client]:
        return await backend.parts.clients.all()

    clients = with_backend(database, work)
    if not clients:
        typer.echo("There are no clients yet. Add one: pairgrant-server client add --help", err=True)
    width = max((len(client.client_id) for client in clients), default=0)
    for client in clients:
        typer.echo(f"{client.client_id:<{width}}  {_kind(client):<12}  {client.name}")


@app.command(epilog="Example: pairgrant-server client show lobby-tv")
def show(
    client_id: Annotated[str, typer.Argument(metavar="ID", help="The client's ID.")],
    database: DatabaseOption = None,
) -> None:
    """Show what a client may do."""

    async def work(backend: Backend) -> Client | None:
        return await backend.parts.clients.client(client_id)

    client = with_backend(database, work)
    if client is None:
        raise _unknown(client_id)
    grants = ", ".join(sorted(grant_type.rpartition(":")[2] for grant_type in client.grant_types))
    facts = {
        "client_id": client.client_id,
        "name": client.name,
        "kind": _kind(client),
        "grants": grants,
        "scope": " ".join(client.scope) or "none",
        "redirect_uris": " ".join(client.redirect_uris) or "none",
        "added": datetime.fromtimestamp(client.created_at, UTC).isoformat(" ", "seconds"),
    }
    for name, value in facts.items():
        typer.echo(f"{name + ':':<15}{value}")


@app.command(epilog="Example: pairgrant-server client remove lobby-tv")
def remove(
    client_id: Annotated[str, typer.Argument(metavar="ID", help="The client's ID.")],
    database: DatabaseOption = None,
) -> None:
    """Remove a client and every device connected through it."""

    async def work(backend: Backend) -> bool:
        return await backend.parts.clients.remove(client_id)

    if not with_backend(database, work):
        raise _unknown(client_id)
    typer.echo(f"Removed the client {client_id} and every device connected through it.")


def _unknown(client_id: str) -> CommandError:
    return CommandError(
        f"There is no client {visible(client_id)!r}. List them with: pairgrant-server client list"
    )


def _kind(client: Client) -> str:
    return "public" if client.secret_digest is None else "confidential"
