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
from pairgrant_server.commands.upstreams import named_upstream, upstreams_of
from pairgrant_server.commands.user.commands import NameArgument, named

SubjectOption = Annotated[
    str, typer.Option(metavar="SUB", help="The person's sub at the provider; not an e-mail address.")
]
UpstreamOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="The provider's name, as shown by: upstream list.")
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
    subject: SubjectOption,
    upstream: UpstreamOption = None,
    issuer: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="An issuer of assertions (client --assertion-issuer), in place of a provider."
        ),
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Link a person's account at a provider, or the subject of an issuer of assertions, to the person."""
    if (upstream is None) is (issuer is None):
        raise CommandError("Give one of them: --upstream NAME, or --issuer URL for an issuer of assertions.")

    async def work(backend: Backend) -> None:
        user = await named(backend, name)
        linked = issuer or (await named_upstream(backend, upstream or "")).issuer
        if issuer is not None and not await _is_trusted(backend, issuer):
            raise CommandError(
                f"No provider and no client's --assertion-issuer is {visible(issuer)}. Write it exactly as "
                "there."
            )
        await _accounts(backend).link(user, linked, subject)

    with_backend(database, work)
    typer.echo(f"{visible(name)} can now sign in with {visible(upstream or issuer or '')}.")


async def _is_trusted(backend: Backend, issuer: str) -> bool:
    """Whether ``issuer`` is one of a provider or of a client's policy; another one is a typing mistake."""
    if any(upstream.issuer == issuer for upstream in await upstreams_of(backend).all()):
        return True
    clients = await backend.parts.clients.all()
    return any(known.issuer == issuer for client in clients for known in client.policy.assertion_issuers)


def unlink(
    name: NameArgument,
    *,
    subject: SubjectOption,
    upstream: UpstreamOption = None,
    issuer: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The issuer, in place of the name of a provider."),
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Remove this way to sign in. Existing sessions stay until the account is locked."""
    if (upstream is None) is (issuer is None):
        raise CommandError("Give one of them: --upstream NAME, or --issuer URL.")

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
