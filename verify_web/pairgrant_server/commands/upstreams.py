"""``pairgrant-server upstream``: OpenID providers whose accounts people can use to sign in here."""

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.upstream.upstream_error import UpstreamError
from pairgrant_server.accounts.upstream.upstreams import UnreadableSecretError, Upstreams
from pairgrant_server.authorization_server.clock import system_clock
from pairgrant_server.authorization_server.model.records import Upstream
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import (
    DatabaseOption,
    JsonOption,
    read_secret_line,
    with_backend,
)

app = typer.Typer(no_args_is_help=True, help="Manage OpenID providers to sign in with.")

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Your name for the provider; it is part of the redirect URI.")
]


@app.command(
    epilog="Example: pairgrant-server upstream add google --issuer https://accounts.google.com "
    "--client-id 123.apps.googleusercontent.com --client-secret-stdin < secret.txt"
)
def add(
    name: NameArgument,
    *,
    issuer: Annotated[
        str, typer.Option(metavar="URL", help="The provider's issuer, exactly as the provider writes it.")
    ],
    client_id: Annotated[
        str, typer.Option(metavar="ID", help="client_id registered for this server at the provider.")
    ],
    client_secret_stdin: Annotated[
        bool,
        typer.Option(
            "--client-secret-stdin",
            help="Read this server's secret at the provider from standard input. Default: a public client.",
        ),
    ] = False,
    label: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Text of the button: Sign in with TEXT. Default: NAME."),
    ] = None,
    scope: Annotated[
        str, typer.Option(help="Scopes requested from the provider; openid is required.")
    ] = "openid profile email",
    create_accounts: Annotated[
        bool,
        typer.Option(
            "--create-accounts/--no-create-accounts",
            help="Give everybody who has an account at the provider one here at the first sign-in. Default: "
            "only linked users sign in (see: user link).",
        ),
    ] = False,
    allow_http: Annotated[
        bool,
        typer.Option("--allow-http", help="Allow an issuer with plain http, for demos on a trusted network."),
    ] = False,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Add the provider without fetching its metadata and keys.")
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Add a provider and print the redirect URI, which you have to register at the provider."""
    secret = Secret(read_secret_line(sys.stdin.read(), "client secret")) if client_secret_stdin else None

    async def work(backend: Backend) -> str:
        upstreams = upstreams_of(backend)
        wanted: dict[str, Any] = {
            "issuer": issuer,
            "client_id": client_id,
            "label": label,
            "scope": scope,
            "creates_accounts": create_accounts,
            "allow_http": allow_http,
        }
        upstream = upstreams.checked(name, **wanted)
        if not no_check:
            await _check(upstream)
        await upstreams.add(name, client_secret=secret, **wanted)
        return _redirect_uri(backend, upstream)

    redirect_uri = with_backend(database, work)
    typer.echo(f"Added {name}. Register this redirect URI at the provider:")
    typer.echo(redirect_uri)
    typer.echo(
        "It begins with PAIRGRANT_PUBLIC_URL, which must have the same value here and for the server.",
        err=True,
    )


async def _check(upstream: Upstream) -> None:
    """Fetch the provider's metadata and keys, which every sign-in needs.

    Raises:
        CommandError: people could not sign in with this provider.
    """
    from pairgrant_server.accounts.upstream.provider_http import ProviderHttp  # noqa: PLC0415 - httpx is slow to import
    from pairgrant_server.accounts.upstream.providers import Providers  # noqa: PLC0415

    providers = Providers(ProviderHttp())
    try:
        await providers.metadata(upstream.issuer)
        if not await providers.keys(upstream.issuer):
            raise CommandError(
                f"{visible(upstream.issuer)} has no signing key that this server supports: "
                "ES256, RS256, PS256 or EdDSA."
            )
    except UpstreamError as error:
        raise CommandError(
            f"Sign-in with {visible(upstream.issuer)} is not possible now: {error.reason}. Write --issuer "
            "exactly as the provider does, or add it without this check: --no-check."
        ) from None


@app.command("list", epilog="Example: pairgrant-server upstream list")
def list_upstreams(*, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List the providers, one per line."""

    async def work(backend: Backend) -> Sequence[dict[str, Any]]:
        return [_facts(backend, upstream) for upstream in await upstreams_of(backend).all()]

    known = with_backend(database, work)
    if as_json:
        typer.echo(json.dumps(known, indent=2))
        return
    if not known:
        typer.echo("There are no providers. Add one: pairgrant-server upstream add --help", err=True)
    for facts in known:
        accounts = "creates accounts" if facts["creates_accounts"] else "linked users only"
        typer.echo(f"{facts['name']}  {facts['issuer']}  “{facts['label']}”, {accounts}")


@app.command(epilog="Example: pairgrant-server upstream show google")
def show(name: NameArgument, *, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Show a provider and the redirect URI to register there."""

    async def work(backend: Backend) -> dict[str, Any]:
        return _facts(backend, await named_upstream(backend, name))

    facts = with_backend(database, work)
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    for title, value in facts.items():
        shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        typer.echo(f"{title + ':':<20}{visible(str(shown), limit=1000)}")


@app.command(epilog="Example: pairgrant-server upstream remove google")
def remove(name: NameArgument, database: DatabaseOption = None) -> None:
    """Remove a provider, so that people can't sign in with it.

    Existing sessions stay. Links between accounts stay too, and work again if you add the provider again.
    """

    async def work(backend: Backend) -> bool:
        return await upstreams_of(backend).remove(name)

    if not with_backend(database, work):
        raise _unknown(name)
    typer.echo(f"Removed {name}.")


def upstreams_of(backend: Backend) -> Upstreams:
    return Upstreams(backend.store, backend.server_key, system_clock)


async def named_upstream(backend: Backend, name: str) -> Upstream:
    """The provider with this name.

    Raises:
        CommandError: there is no such provider.
    """
    upstream = await upstreams_of(backend).upstream(name)
    if upstream is None:
        raise _unknown(name)
    return upstream


def _unknown(name: str) -> CommandError:
    return CommandError(
        f"There is no provider {visible(name)!r}. List them with: pairgrant-server upstream list"
    )


def _redirect_uri(backend: Backend, upstream: Upstream) -> str:
    from pairgrant_server.accounts.upstream.upstream_sign_in import redirect_uri  # noqa: PLC0415 - it imports httpx

    return redirect_uri(backend.settings.public_url, upstream.name)


def _facts(backend: Backend, upstream: Upstream) -> dict[str, Any]:
    """A provider without its secret."""
    try:
        has_secret = upstreams_of(backend).secret_of(upstream) is not None
    except UnreadableSecretError:
        has_secret = True
    return {
        "name": upstream.name,
        "label": upstream.label,
        "issuer": upstream.issuer,
        "client_id": upstream.client_id,
        "has_secret": has_secret,
        "scope": " ".join(upstream.scope),
        "creates_accounts": upstream.creates_accounts,
        "redirect_uri": _redirect_uri(backend, upstream),
    }
