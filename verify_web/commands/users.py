"""``pairgrant-server user``: the people who may sign in."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from shared.secret import Secret
from shared.visible_text import visible
from verify_web.authorization_server.records import User
from verify_web.backend import Backend
from verify_web.commands.running import CommandError, DatabaseOption, read_secret_line, with_backend

app = typer.Typer(no_args_is_help=True, help="Add, list, lock, unlock and remove the people who may sign in.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The username.")]


@app.command(epilog="Example: pairgrant-server user add alice --display-name 'Alice Liddell'")
def add(
    name: NameArgument,
    display_name: Annotated[str | None, typer.Option(help="What devices call the person.")] = None,
    email: Annotated[str | None, typer.Option(help="Told to clients that may ask for it.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Add a person; the password is asked for, or read from standard input."""
    if password_stdin:
        password = Secret(read_secret_line(sys.stdin.read(), "password"))
    else:
        password = Secret(typer.prompt("Password", hide_input=True, confirmation_prompt=True))

    async def work(backend: Backend) -> User:
        return await backend.people.add(name, password, display_name, email)

    typer.echo(f"Added {with_backend(database, work).username}.")


@app.command("list", epilog="Example: pairgrant-server user list")
def list_users(database: DatabaseOption = None) -> None:
    """List the people, one a line."""

    async def work(backend: Backend) -> Sequence[User]:
        return await backend.people.users()

    users = with_backend(database, work)
    if not users:
        typer.echo("There is nobody yet. Add someone: pairgrant-server user add --help", err=True)
    width = max((len(user.username) for user in users), default=0)
    for user in users:
        typer.echo(f"{user.username:<{width}}  {'locked' if user.locked else 'active'}  {user.display_name}")


@app.command(epilog="Example: pairgrant-server user lock alice")
def lock(name: NameArgument, database: DatabaseOption = None) -> None:
    """Lock an account: no sign-in, and no new tokens for its devices; access tokens that are out end within minutes."""
    _set_locked(name, database, locked=True)
    typer.echo(f"Locked {name}.")


@app.command(epilog="Example: pairgrant-server user unlock alice")
def unlock(name: NameArgument, database: DatabaseOption = None) -> None:
    """Unlock an account."""
    _set_locked(name, database, locked=False)
    typer.echo(f"Unlocked {name}.")


def _set_locked(name: str, database: str | None, *, locked: bool) -> None:
    async def work(backend: Backend) -> bool:
        return await backend.people.set_locked(name, locked=locked)

    if not with_backend(database, work):
        raise unknown_user(name)


@app.command(epilog="Example: pairgrant-server user remove alice")
def remove(name: NameArgument, database: DatabaseOption = None) -> None:
    """Remove an account with its sessions, connected devices and notices."""

    async def work(backend: Backend) -> bool:
        return await backend.people.remove(name)

    if not with_backend(database, work):
        raise unknown_user(name)
    typer.echo(f"Removed {name}.")


def unknown_user(name: str) -> CommandError:
    return CommandError(f"There is no user {visible(name)!r}. List them with: pairgrant-server user list")
