"""``pairgrant-server apply FILE``: bring clients, users and scopes into the state of a file kept in git."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from pairgrant_server.accounts.people import People
from pairgrant_server.authorization_server.clients.clients import new_secret
from pairgrant_server.authorization_server.clock import system_clock
from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.apply.configuration import load_configuration
from pairgrant_server.commands.apply.plan import (
    ClientStep,
    CurrentState,
    PlanInputs,
    ScopeStep,
    Step,
    plan,
    plan_lines,
)
from pairgrant_server.commands.apply.problem import ConfigurationError
from pairgrant_server.commands.command import DatabaseOption, with_backend

WOULD_CHANGE = 3
"""The exit code of a dry run that found changes."""


def apply(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A TOML file; see docs/pairgrant.example.toml.")
    ],
    *,
    prune: Annotated[
        bool, typer.Option("--prune", help="Also remove the clients that are not in the file; needs --yes.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm the removals of --prune.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Apply a TOML file of clients, users and scopes.

    FILE defines a client or scope completely: what it leaves out gets the default. A user keeps what FILE
    leaves out, and FILE holds no passwords. The whole file is checked before anything is changed.

    Exit codes: 0 done or nothing to do, 1 refused and nothing changed, 2 wrong usage, 3 --dry-run found
    changes.
    """
    try:
        wanted = load_configuration(file)

        async def work(backend: Backend) -> Sequence[Step]:
            steps = plan(wanted, await _current_state(backend), _plan_inputs(backend), prune=prune)
            typer.echo(
                "\n".join(plan_lines(steps)) or "Nothing to change: the database already matches the file."
            )
            if dry_run:
                return steps
            removed = sum(isinstance(step, ClientStep) and step.after is None for step in steps)
            if removed and not yes:
                raise CommandError(
                    f"Nothing was changed: removing {removed} client(s) needs --yes, because it disconnects "
                    "every device that uses them."
                )
            for step in steps:
                await _do(backend, step)
            return steps

        steps = with_backend(database, work)
    except ConfigurationError as error:
        lines = "\n".join(f"{file}: {problem}" for problem in error.problems)
        raise CommandError(f"Nothing was changed.\n{lines}") from None
    if not steps:
        return
    typer.echo("Nothing was changed: --dry-run." if dry_run else f"Done: {len(steps)} changed.", err=True)
    if dry_run:
        raise typer.Exit(WOULD_CHANGE)


async def _current_state(backend: Backend) -> CurrentState:
    people = backend.people
    return CurrentState(
        {client.client_id: client for client in await backend.parts.clients.all()},
        {people.key(user.username): user for user in await people.users()},
        {scope.name: scope for scope in await backend.parts.scopes.all()},
    )


def _plan_inputs(backend: Backend) -> PlanInputs:
    return PlanInputs(system_clock(), backend.parts.clients.secret_digest, new_secret, backend.people.key)


async def _do(backend: Backend, step: Step) -> None:
    clients, people = backend.parts.clients, backend.people
    if isinstance(step, ScopeStep):
        await backend.parts.scopes.define(step.after)
    elif not isinstance(step, ClientStep):
        if step.before is None:
            await people.add(
                step.after.username,
                None,
                step.after.display_name,
                step.after.email,
                language=step.after.language,
                time_zone=step.after.time_zone,
            )
            typer.echo(
                f"{step.after.username} has no password yet: pairgrant-server user password "
                f"{step.after.username}",
                err=True,
            )
        else:
            await _change(people, step.before, step.after)
        if step.after.locked != (step.before is not None and step.before.locked):
            await people.set_locked(step.after.username, locked=step.after.locked)
    elif step.after is None:
        assert step.before is not None  # noqa: S101 - a step has at least one of the two
        await clients.remove(step.before.client_id)
    elif step.before is None:
        await clients.register(step.after)
    else:
        await clients.replace(step.after)
    if isinstance(step, ClientStep) and step.after is not None and step.secret is not None:
        typer.echo(f"The secret of {step.after.client_id}. It is shown only once:", err=True)
        typer.echo(step.secret.reveal())


async def _change(people: People, before: User, after: User) -> None:
    if (before.display_name, before.email) != (after.display_name, after.email):
        await people.set_profile(after.username, after.display_name, after.email)
    if (before.language, before.time_zone) != (after.language, after.time_zone):
        await people.set_locale(after.user_id, after.language, after.time_zone)
