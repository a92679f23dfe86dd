"""``pairgrant-server approve|deny``: approve or deny a pending code from the command line."""

from typing import Annotated

import typer

from pairgrant_protocol import user_code as user_codes
from pairgrant_protocol.device_grant import Decision
from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.clock import system_clock
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import DatabaseOption, with_backend
from pairgrant_server.commands.user.commands import unknown_user

CodeArgument = Annotated[str, typer.Argument(metavar="USER_CODE", help="The code that the device shows.")]
UserOption = Annotated[str, typer.Option("--user", metavar="NAME", help="Account to approve as.")]


def approve(user_code: CodeArgument, user: UserOption, database: DatabaseOption = None) -> None:
    """Approve the device that shows USER_CODE, as a user."""
    device = _decide(user_code, user, database, Decision.APPROVE)
    typer.echo(f"Approved: {device} is being connected for {user}.")


def deny(user_code: CodeArgument, user: UserOption, database: DatabaseOption = None) -> None:
    """Deny the device that shows USER_CODE."""
    device = _decide(user_code, user, database, Decision.DENY)
    typer.echo(f"Denied: {device} was not connected.")


def _decide(typed: str, username: str, database: str | None, decision: Decision) -> str:
    """Apply the decision and return a description of the device."""
    try:
        code = user_codes.normalize(typed)
    except user_codes.InvalidUserCodeError as error:
        raise CommandError(str(error)) from None
    too_late = CommandError(
        f"No device is waiting with the code {user_codes.display(code)}: it is mistyped, used or expired. "
        "Compare it with the device."
    )

    async def work(backend: Backend) -> str:
        person = await backend.people.user_by_name(username)
        if person is None:
            raise unknown_user(username)
        if person.locked:
            raise CommandError(
                f"{person.username} is locked. Unlock the account first, or give another user."
            )
        grant = await backend.parts.device_flow.look_up(code)
        now = system_clock()
        if grant is None or not await backend.parts.device_flow.decide(
            grant.grant_id, decision, user_id=person.user_id, auth_time=now
        ):
            raise too_late
        client = await backend.parts.clients.client(grant.client_id)
        name = grant.device_name or (client.name if client else grant.client_id)
        return f"{visible(name)} ({grant.client_id}) at {grant.address}"

    return with_backend(database, work)
