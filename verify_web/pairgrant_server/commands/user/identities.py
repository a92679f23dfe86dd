"""``pairgrant-server user identities|link|unlink``: a person's accounts at other OpenID providers."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.upstream.upstream_accounts import UpstreamAccounts
from pairgrant_server.authorization_server.clock import system_clock
from pairgrant_server.authorization_server.model.records import Identity
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import DatabaseOption, JsonOption, with_backend
from pairgrant_server.commands.upstreams import named_upstream
from pairgrant_server.commands.user.commands import NameArgument, named

SubjectOption = Annotated[
    str, typer.Option(metavar="SUB", help="The person's sub at the provider; not an e-mail address.")
]
UpstreamOption = Annotated[
    str, typer.Option(metavar="NAME", help="The provider's name, as shown by: upstream list.")
]


def identities(name: NameArgument, *, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List the accounts at other providers with which a person signs in, one per line."""

    async def work(backend: Backend) -> Sequence[Identity]:
        return await _accounts(backend).of_user(await named(backend, name))

    known = with_backend(database, work)
    if as_json:
        facts = [
            {"issuer": one.issuer, "subject": one.subject, "linked": _instant(one.created_at)}
            for one in known
        ]
        typer.echo(json.dumps(facts, indent=2))
        return
    if not known:
        typer.echo(f"{visible(name)} has no account at another provider.", err=True)
    for one in known:
        typer.echo(
            f"{visible(one.issuer)}  {visible(one.subject, limit=255)}  since {_instant(one.created_at)}"
        )


def link(
    name: NameArgument,
    *,
    upstream: UpstreamOption,
    subject: SubjectOption,
    database: DatabaseOption = None,
) -> None:
    """Let a person also sign in with an account at a provider."""

    async def work(backend: Backend) -> None:
        user, provider = await named(backend, name), await named_upstream(backend, upstream)
        await _accounts(backend).link(user, provider.issuer, subject)

    with_backend(database, work)
    typer.echo(f"{visible(name)} can now sign in with {visible(upstream)}.")


def unlink(
    name: NameArgument,
    *,
    subject: SubjectOption,
    upstream: Annotated[
        str | None, typer.Option(metavar="NAME", help="The provider's name, as shown by: upstream list.")
    ] = None,
    issuer: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The provider's issuer, if the provider was removed here."),
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Remove this way to sign in. Existing sessions stay until the account is locked."""
    if (upstream is None) is (issuer is None):
        raise CommandError("Give the provider: --upstream NAME, or --issuer URL if it was removed.")

    async def work(backend: Backend) -> bool:
        user = await named(backend, name)
        provider = issuer or (await named_upstream(backend, upstream or "")).issuer
        return await _accounts(backend).unlink(user, provider, subject)

    if not with_backend(database, work):
        raise CommandError(
            f"{visible(name)} does not sign in with that account. See: pairgrant-server user identities "
            f"{visible(name)}"
        )
    typer.echo(f"{visible(name)} can no longer sign in with that account.")


def _accounts(backend: Backend) -> UpstreamAccounts:
    return UpstreamAccounts(backend.store, system_clock)


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
