"""``pairgrant-server``: the operator's command line."""

import logging
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from pairgrant_server.commands import (
    approve,
    demo,
    device_keys,
    keys,
    registration_tokens,
    reports,
    run,
    scopes,
    upstreams,
)
from pairgrant_server.commands.apply import command as apply
from pairgrant_server.commands.client import commands as clients
from pairgrant_server.commands.user import commands as users
from pairgrant_server.commands.user import devices as user_devices
from pairgrant_server.commands.user import identities as user_identities
from pairgrant_server.errors import PairgrantServerError
from pairgrant_server.logs import configure_logging

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Sign in a device without a keyboard from your phone: the server (OAuth 2.0, RFC 8628).",
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer passes an option's value by position
    if wanted:
        typer.echo(f"pairgrant-server {version('pairgrant')}")
        raise typer.Exit


@app.callback()
def _pairgrant_server(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    pass


app.command(epilog="Example: pairgrant-server run --host 0.0.0.0 --public-url https://pair.example")(run.run)
app.command(epilog="Example: pairgrant-server demo")(demo.demo)
app.add_typer(clients.app, name="client")
app.add_typer(registration_tokens.app, name="registration-token")
users.app.command(epilog="Example: pairgrant-server user devices alice")(user_devices.devices)
users.app.command("revoke-device", epilog="Example: pairgrant-server user revoke-device alice 01926d0f")(
    user_devices.revoke_device
)
users.app.command(epilog="Example: pairgrant-server user identities alice")(user_identities.identities)
users.app.command(epilog="Example: pairgrant-server user link alice --upstream google --subject 1157")(
    user_identities.link
)
users.app.command(epilog="Example: pairgrant-server user unlink alice --upstream google --subject 1157")(
    user_identities.unlink
)
app.add_typer(users.app, name="user")
app.add_typer(scopes.app, name="scope")
app.add_typer(upstreams.app, name="upstream")
app.add_typer(keys.app, name="keys")
app.add_typer(device_keys.app, name="device-key")
app.add_typer(reports.app, name="reports")
app.command(epilog="Example: pairgrant-server apply pairgrant.toml --dry-run")(apply.apply)
app.command(epilog="Example: pairgrant-server approve WDJB-MJHT --user alice")(approve.approve)
app.command(epilog="Example: pairgrant-server deny WDJB-MJHT --user alice")(approve.deny)


def main() -> None:
    """The entry point. An expected error is one line on standard error and exit code 1."""
    configure_logging("text", logging.WARNING)  # a command prints its own messages
    try:
        app()
    except PairgrantServerError as error:
        if not str(error):  # a fault of the program, with no text for a person
            raise
        typer.echo(f"pairgrant-server: {error}", err=True)
        sys.exit(1)
