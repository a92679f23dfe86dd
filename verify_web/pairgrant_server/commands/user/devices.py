"""``pairgrant-server user devices|revoke-device``: list and disconnect a person's connected devices."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.clock import system_clock
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import DatabaseOption, JsonOption, with_backend
from pairgrant_server.commands.durations import roughly
from pairgrant_server.commands.user.commands import NameArgument, named


def devices(name: NameArgument, *, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List the devices and applications that are connected for a person, one per line."""

    async def work(backend: Backend) -> Sequence[ConnectedDevice]:
        return await backend.parts.devices.of_user((await named(backend, name)).user_id)

    connected = with_backend(database, work)
    if as_json:
        typer.echo(json.dumps([_facts(device) for device in connected], indent=2))
        return
    if not connected:
        typer.echo(f"Nothing is connected for {visible(name)}.", err=True)
    now = system_clock()
    for device in connected:
        seen = f"seen {roughly(now - device.last_seen_at)} ago at {device.address}"
        removal = "" if device.remove_at is None else ", being removed by its user"
        typer.echo(f"{device.device_id}  {_name(device)} ({device.client_id}), {seen}{removal}")


def _facts(device: ConnectedDevice) -> dict[str, Any]:
    return {
        "device_id": device.device_id,
        "name": device.name,
        "given_name": device.given_name,
        "kind": device.kind.value,
        "client_id": device.client_id,
        "scope": list(device.scope),
        "address": device.address,
        "connected": _instant(device.created_at),
        "last_seen": _instant(device.last_seen_at),
        "remove_at": None if device.remove_at is None else _instant(device.remove_at),
    }


def _name(device: ConnectedDevice) -> str:
    """The user's name for it, and the device's own."""
    own = visible(device.name)
    return own if device.given_name is None else f"“{visible(device.given_name)}”, {own}"


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def revoke_device(
    name: NameArgument,
    device_id: Annotated[
        str,
        typer.Argument(
            metavar="[DEVICE]", help="The device ID, or its first characters.", show_default=False
        ),
    ] = "",
    *,
    every: Annotated[bool, typer.Option("--all", help="Disconnect all of the person's devices.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Disconnect a device: all its tokens become invalid."""
    if bool(device_id) is every:
        raise CommandError(f"Give a device ID or --all. See: pairgrant-server user devices {visible(name)}")

    async def work(backend: Backend) -> list[str]:
        user = await named(backend, name)
        connected = await backend.parts.devices.of_user(user.user_id)
        meant = [device for device in connected if every or device.device_id.startswith(device_id.lower())]
        if not every and len(meant) != 1:
            found = "no device" if not meant else f"{len(meant)} devices"
            raise CommandError(
                f"{visible(name)} has {found} whose ID begins with that. List them with: pairgrant-server "
                f"user devices {visible(name)}"
            )
        return [
            _name(device)
            for device in meant
            if await backend.parts.devices.revoke(device.device_id, EndedBy.OPERATOR, user_id=user.user_id)
        ]

    revoked = with_backend(database, work)
    typer.echo(f"Disconnected: {', '.join(revoked) or 'nothing was connected'}.")
