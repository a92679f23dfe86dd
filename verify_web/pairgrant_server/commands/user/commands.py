"""``pairgrant-server user``: the people who may sign in."""

import json
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.account_error import AccountError
from pairgrant_server.accounts.password_rules import PasswordRules
from pairgrant_server.accounts.people import checked_locale, checked_username
from pairgrant_server.authorization_server.model.records import Identity, User
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import (
    DatabaseOption,
    JsonOption,
    read_secret_line,
    with_backend,
)
from pairgrant_server.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Manage the people who can sign in.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The username.")]
DisplayNameOption = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Name shown on devices and pages.")
]
EmailOption = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="E-mail address, for clients with the scope email.")
]
LanguageOption = Annotated[
    str | None,
    typer.Option(metavar="CODE", help="Language of the pages, like de. Default: the browser's."),
]
TimeZoneOption = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE", help="Time zone of the pages, such as Europe/Rome. Default: PAIRGRANT_TIME_ZONE."
    ),
]
StdinOption = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
GenerateOption = Annotated[bool, typer.Option("--generate", help="Generate a password and print it once.")]


@app.command(epilog="Example: pairgrant-server user add alice --display-name 'Alice Liddell'")
def add(
    name: NameArgument,
    *,
    display_name: DisplayNameOption = None,
    email: EmailOption = None,
    language: LanguageOption = None,
    time_zone: TimeZoneOption = None,
    password_stdin: StdinOption = False,
    generate: GenerateOption = False,
    no_password: Annotated[
        bool,
        typer.Option("--no-password", help="Set no password: the person signs in only at another provider."),
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Add a person; the command prompts for the password.

    A password has at least 15 characters of any kind (PAIRGRANT_MIN_PASSWORD_LENGTH). Common passwords are
    refused.
    """
    if not (no_password or password_stdin or generate):
        with_backend(database, lambda backend: _require_free(backend, name))
    chosen = None if no_password else _password(name, database, stdin=password_stdin, generate=generate)

    async def work(backend: Backend) -> User:
        return await backend.people.add(
            name, chosen, display_name, email, language=language, time_zone=time_zone
        )

    typer.echo(f"Added {with_backend(database, work).username}.")
    _show_once(chosen if generate else None)


@app.command("list", epilog="Example: pairgrant-server user list")
def list_users(*, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List the people, one per line."""

    async def work(backend: Backend) -> Sequence[User]:
        return await backend.people.users()

    users = with_backend(database, work)
    if as_json:
        typer.echo(json.dumps([_facts(user) for user in users], indent=2))
        return
    if not users:
        typer.echo("There are no users yet. Add one: pairgrant-server user add --help", err=True)
    width = max((len(user.username) for user in users), default=0)
    for user in users:
        typer.echo(f"{user.username:<{width}}  {'locked' if user.locked else 'active'}  {user.display_name}")


@app.command(epilog="Example: pairgrant-server user show alice")
def show(name: NameArgument, *, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Show a person's account."""

    async def work(backend: Backend) -> tuple[User, Sequence[Identity], int]:
        user = await named(backend, name)
        devices = await backend.parts.devices.of_user(user.user_id)
        return user, await backend.store.identities(user.user_id), len(devices)

    user, identities, devices = with_backend(database, work)
    elsewhere = [f"{identity.issuer} as {identity.subject}" for identity in identities]
    facts = {**_facts(user), "signs_in_elsewhere": elsewhere, "connected_devices": devices}
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    for title, value in {
        **facts,
        "email": user.email or "none",
        "language": user.language or "the browser's",
        "time_zone": user.time_zone or "PAIRGRANT_TIME_ZONE",
        "locked": "yes" if user.locked else "no",
        "has_password": "yes" if user.password_hash else "no",
        "signs_in_elsewhere": ", ".join(elsewhere) or "no",
    }.items():
        typer.echo(f"{title + ':':<20}{visible(str(value), limit=1000)}")


def _facts(user: User) -> dict[str, Any]:
    """An account without its secrets."""
    return {
        "username": user.username,
        "display_name": user.display_name,
        "email": user.email,
        "language": user.language,
        "time_zone": user.time_zone,
        "locked": user.locked,
        "has_password": bool(user.password_hash),
        "user_id": user.user_id,
        "added": datetime.fromtimestamp(user.created_at, UTC).isoformat(" ", "seconds"),
    }


@app.command("set", epilog="Example: pairgrant-server user set alice --email alice@example.org")
def set_user(
    name: NameArgument,
    *,
    display_name: DisplayNameOption = None,
    email: EmailOption = None,
    language: LanguageOption = None,
    time_zone: TimeZoneOption = None,
    database: DatabaseOption = None,
) -> None:
    """Change a person's name, e-mail address, language or time zone; an empty value ("") removes one."""
    if all(option is None for option in (display_name, email, language, time_zone)):
        raise CommandError("Give --display-name, --email, --language or --time-zone.")

    async def work(backend: Backend) -> None:
        user = await named(backend, name)
        checked_locale(language, time_zone)  # before anything is changed
        if display_name is not None or email is not None:
            await backend.people.set_profile(
                name,
                user.display_name if display_name is None else display_name,
                user.email if email is None else email,
            )
        if language is not None or time_zone is not None:
            await backend.people.set_locale(
                user.user_id,
                user.language if language is None else language,
                user.time_zone if time_zone is None else time_zone,
            )

    with_backend(database, work)
    typer.echo(f"Changed {name}.")


@app.command(epilog="Example: pairgrant-server user password alice")
def password(
    name: NameArgument,
    *,
    password_stdin: StdinOption = False,
    generate: GenerateOption = False,
    keep_devices: Annotated[
        bool, typer.Option("--keep-devices", help="Leave the person's devices and applications connected.")
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Give a person a new password, end all their browser sessions, and disconnect all their devices.

    Someone with the old password may have connected a device. An API that does not introspect tokens
    accepts an access token until it expires, some minutes later.
    """
    with_backend(database, lambda backend: named(backend, name))
    chosen = _password(name, database, stdin=password_stdin, generate=generate)

    if not with_backend(
        database, lambda backend: backend.people.set_password(name, chosen, keep_devices=keep_devices)
    ):
        raise unknown_user(name)
    devices = "stay connected" if keep_devices else "are disconnected"
    typer.echo(f"{name} has a new password and is signed out in every browser; all devices {devices}.")
    _show_once(chosen if generate else None)


@app.command(epilog="Example: pairgrant-server user lock alice")
def lock(name: NameArgument, database: DatabaseOption = None) -> None:
    """Lock an account: its sessions end and its tokens become invalid.

    An API that does not introspect tokens accepts an access token until it expires, some minutes later.
    """
    _set_locked(name, database, locked=True)
    typer.echo(f"Locked {name}.")


@app.command(epilog="Example: pairgrant-server user unlock alice")
def unlock(name: NameArgument, database: DatabaseOption = None) -> None:
    """Unlock an account: its devices work again; browsers have to sign in again."""
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


async def named(backend: Backend, name: str) -> User:
    """The person with this name.

    Raises:
        CommandError: there is no such user.
    """
    user = await backend.people.user_by_name(name)
    if user is None:
        raise unknown_user(name)
    return user


def unknown_user(name: str) -> CommandError:
    return CommandError(f"There is no user {visible(name)!r}. List them with: pairgrant-server user list")


async def _require_free(backend: Backend, name: str) -> None:
    """Return if ``name`` can be added; checked before the prompt for the password.

    Raises:
        AccountError, CommandError: the username is malformed or taken.
    """
    if await backend.people.user_by_name(checked_username(name)) is not None:
        raise CommandError(f"The username {visible(name)} is taken; choose another one.")


def _password(username: str, database: str | None, *, stdin: bool, generate: bool) -> Secret:
    if generate:
        return Secret(secrets.token_urlsafe(18))
    if stdin:
        return Secret(read_secret_line(sys.stdin.read(), "password"))
    return _prompted_password(username, Settings.load(database=database).password_rules)


def _prompted_password(username: str, rules: PasswordRules) -> Secret:
    """A password that the rules allow; asks until it is one.

    Raises:
        CommandError: standard input is not a terminal, so there is no person to ask.
    """
    if not sys.stdin.isatty():
        raise CommandError(
            "There is no terminal to ask for the password: use --password-stdin or --generate."
        )
    while True:
        typed = _hidden(f"Password (at least {rules.min_length} characters)")
        try:
            rules.check(username, typed)
        except AccountError as error:
            typer.echo(str(error), err=True)
            continue
        if _hidden("Repeat the password") == typed:
            return typed
        typer.echo("The two passwords differ.", err=True)


def _hidden(prompt: str) -> Secret:
    return Secret(typer.prompt(prompt, hide_input=True, err=True))


def _show_once(shown: Secret | None) -> None:
    if shown is not None:
        typer.echo("The password is shown only once:", err=True)
        typer.echo(shown.reveal())
