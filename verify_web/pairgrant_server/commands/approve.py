"""``pairgrant-server approve|deny``: approve or deny a pending code from the command line."""

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple, TypeVar

import typer

from pairgrant_protocol import user_code as user_codes
from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.clock import system_clock
from pairgrant_server.authorization_server.device_flow.approval import (
    Approval,
    ApprovalRefusedError,
    PolicyViolation,
)
from pairgrant_server.authorization_server.model.client_policy import DEFAULT_POLICY
from pairgrant_server.authorization_server.model.records import DeviceGrant, User
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import DatabaseOption, with_backend
from pairgrant_server.commands.user.commands import unknown_user

T = TypeVar("T")

CodeArgument = Annotated[str, typer.Argument(metavar="USER_CODE", help="The code that the device shows.")]
UserOption = Annotated[str, typer.Option("--user", metavar="NAME", help="Account to decide as.")]
OverrideOption = Annotated[
    bool,
    typer.Option(
        "--override-policy",
        help="Approve although the client's policy does not allow it; this is logged.",
    ),
]

_RULES = {
    PolicyViolation.OTHER_NETWORK: "the device may only be approved by a person on its own network",
    PolicyViolation.UNKNOWN_NETWORK: "the device may only be approved by a person on its own network",
    PolicyViolation.REQUIRED_SCOPE: "a scope was declined that the client requires",
    PolicyViolation.WEAK_EVIDENCE: "its profile {profile} asks for evidence that a command line can't give",
}


class _Approved(NamedTuple):
    approval: Approval
    overridden: str
    """The overridden rules in words; "" if there are none."""


def approve(
    user_code: CodeArgument,
    user: UserOption,
    override_policy: OverrideOption = False,
    database: DatabaseOption = None,
) -> None:
    """Approve the device that shows USER_CODE for a user."""

    async def decide(backend: Backend, grant: DeviceGrant, person: User) -> _Approved | None:
        client = await backend.parts.clients.client(grant.client_id)
        profile = DEFAULT_POLICY.profile if client is None else client.policy.profile
        try:
            approval = await backend.parts.decisions.approve(
                grant,
                user_id=person.user_id,
                auth_time=system_clock(),
                viewer=None,  # an operator at a command line
                override_policy=override_policy,
            )
        except ApprovalRefusedError as refused:
            raise CommandError(
                f"Not approved: by the policy of the client {grant.client_id}, "
                f"{_in_words(refused.violations, profile)}. Let a person approve on the page, or add "
                "--override-policy."
            ) from None
        return None if approval is None else _Approved(approval, _in_words(approval.overridden, profile))

    device, (approval, overridden) = _decide(user_code, user, database, decide)
    if overridden:
        typer.echo(f"The client's policy was overridden: {overridden}.")
    typer.echo(f"Approved: {device} is being connected for {user}.")
    if approval.return_pin is not None:
        typer.echo(f"Type these digits on the device: {approval.return_pin}")


def deny(user_code: CodeArgument, user: UserOption, database: DatabaseOption = None) -> None:
    """Deny the device that shows USER_CODE."""

    async def decide(backend: Backend, grant: DeviceGrant, person: User) -> bool:
        return await backend.parts.decisions.deny(
            grant.grant_id, user_id=person.user_id, auth_time=system_clock()
        )

    device, _ = _decide(user_code, user, database, decide)
    typer.echo(f"Denied: {device} was not connected.")


def _in_words(violations: tuple[PolicyViolation, ...], profile: str) -> str:
    rules = (_RULES.get(violation, violation.value) for violation in violations)
    return ", and ".join(rule.format(profile=profile) for rule in rules)


def _decide(
    typed: str,
    username: str,
    database: str | None,
    decide: Callable[[Backend, DeviceGrant, User], Awaitable[T | None]],
) -> tuple[str, T]:
    """A description of the device, and the result of ``decide``, which is falsy if it came too late.

    Raises:
        CommandError: the code or the user is not usable, or the code was decided before or has expired.
    """
    try:
        code = user_codes.normalize(typed)
    except user_codes.InvalidUserCodeError as error:
        raise CommandError(str(error)) from None
    too_late = CommandError(
        f"No device is waiting with the code {user_codes.display(code)}: it is mistyped, used or expired. "
        "Compare it with the device."
    )

    async def work(backend: Backend) -> tuple[str, T]:
        person = await backend.people.user_by_name(username)
        if person is None:
            raise unknown_user(username)
        if person.locked:
            raise CommandError(
                f"{person.username} is locked. Unlock the account first, or give another user."
            )
        device_flow = backend.parts.device_flow
        grant = await device_flow.look_up(code)
        result = None if grant is None else await decide(backend, grant, person)
        if grant is None or not result:
            raise too_late
        client = await backend.parts.clients.client(grant.client_id)
        name = grant.device_name or (client.name if client else grant.client_id)
        return f"{visible(name)} ({grant.client_id}) at {grant.address}", result

    return with_backend(database, work)
