"""``pairgrant-server device-key``: enroll the keys of devices, with what people read about them."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.clients.device_keys import DeviceKeys
from pairgrant_server.authorization_server.clients.error import ClientError
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.risk_records import DeviceKey
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import DatabaseOption, JsonOption, with_backend

app = typer.Typer(no_args_is_help=True, help="Enroll the keys of devices.")

ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="The client of the device.")]
ThumbprintArgument = Annotated[
    str,
    typer.Argument(metavar="THUMBPRINT", help="What `pairgrant enroll` prints on the device."),
]

_DASHES = {"ignore_unknown_options": True}
"""A thumbprint may begin with "-"."""

_ARGUMENTS = {"client_id": "CLIENT", "dpop_jkt": "THUMBPRINT"}


@app.command(
    context_settings=_DASHES,
    epilog="Example: pairgrant-server device-key add lobby-tv 0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I "
    '--name "Lobby screen" --place "ground floor"',
)
def add(
    client_id: ClientArgument,
    thumbprint: ThumbprintArgument,
    *,
    name: Annotated[str, typer.Option(help='What people call the device, like "Lobby screen".')],
    place: Annotated[str, typer.Option(help='Where it stands, like "ground floor".')] = "",
    owner: Annotated[str, typer.Option(help="Who is responsible for it; people don't read it.")] = "",
    label: Annotated[
        str, typer.Option(help="The label that the device has to send (pairgrant --device-label).")
    ] = "",
    database: DatabaseOption = None,
) -> None:
    """Enroll the key of a device, or replace what is said of an enrolled one."""

    async def work(backend: Backend) -> tuple[DeviceKey, Client]:
        return await _keys(backend).add(
            client_id, thumbprint.strip(), name=name, place=place, owner=owner, label=label
        )

    try:
        key, client = with_backend(database, work)
    except ClientError as error:
        raise CommandError(f"{_ARGUMENTS.get(error.field, f'--{error.field}')}: {error}") from None
    typer.echo(f"Enrolled: {_shown(key)}, a device of {client.name} ({client_id}).")
    for line in what_it_counts_for(client):
        typer.echo(line)


def what_it_counts_for(client: Client) -> Iterator[str]:
    """The rules of the client's policy that an enrolled key satisfies, and what to set if none needs one."""
    policy = client.policy
    rules = list(_rules(policy))
    if rules:
        yield f"It may start: by the client's policy ({'; '.join(rules)}), not every device may."
    else:
        yield (
            "Devices with other keys, or without one, may start too. To require an enrolled or connected "
            f"one: pairgrant-server client set {client.client_id} --require-known-device (or --profile "
            "managed)"
        )
    yield "An approval counts it as a known device, and shows its name and place."
    yield "The device has to prove the key (DPoP) when it starts."


def _rules(policy: ClientPolicy) -> Iterator[str]:
    if policy.profile == "managed":
        networks = " or a trusted network" if policy.trusted_networks else ""
        yield f"--profile managed asks for an enrolled key{networks}"
    if policy.requires_known_device:
        yield "--require-known-device asks for an enrolled key or that of a connected device"
    if policy.enrolled_keys:
        yield "--enrolled-key names keys, and this one counts as one of them"


@app.command("list", epilog="Example: pairgrant-server device-key list")
def list_keys(
    client_id: Annotated[
        str | None, typer.Argument(metavar="[CLIENT]", help="Only those of this client.")
    ] = None,
    *,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """List the enrolled keys, by client and name."""

    async def work(backend: Backend) -> Sequence[DeviceKey]:
        return [key for key in await _keys(backend).all() if client_id in {None, key.client_id}]

    keys = with_backend(database, work)
    if as_json:
        typer.echo(json.dumps([_facts(key) for key in keys], indent=2))
        return
    if not keys:
        typer.echo("No key is enrolled. Enroll one: pairgrant-server device-key add --help", err=True)
    for key in keys:
        more = [f"owner: {key.owner}"] * bool(key.owner) + [f"label: {key.label}"] * bool(key.label)
        typer.echo("  ".join((key.client_id, key.dpop_jkt, _shown(key), *more)))


@app.command(
    context_settings=_DASHES, epilog="Example: pairgrant-server device-key remove lobby-tv 0ZcOCORZNYy"
)
def remove(
    client_id: ClientArgument, thumbprint: ThumbprintArgument, database: DatabaseOption = None
) -> None:
    """Remove an enrolled key, named by its thumbprint or its first characters.

    Connections of its device stay.
    """

    async def work(backend: Backend) -> DeviceKey:
        keys = _keys(backend)
        begin = thumbprint.strip()
        meant = [
            key
            for key in await keys.all()
            if key.client_id == client_id and begin and key.dpop_jkt.startswith(begin)
        ]
        if len(meant) != 1 or not await keys.remove(client_id, meant[0].dpop_jkt):
            found = (
                f"{len(meant)} enrolled keys that begin" if len(meant) > 1 else "no enrolled key that begins"
            )
            raise CommandError(
                f"{visible(client_id)} has {found} with {visible(thumbprint)!r}. List them with: "
                "pairgrant-server device-key list"
            )
        return meant[0]

    key = with_backend(database, work)
    typer.echo(
        f"Removed: {_shown(key)}, a device of {client_id}. Its connections stay until they are revoked."
    )


def _keys(backend: Backend) -> DeviceKeys:
    return backend.parts.device_keys


def _shown(key: DeviceKey) -> str:
    return f"{key.name}, {key.place}" if key.place else key.name


def _facts(key: DeviceKey) -> dict[str, Any]:
    return {
        "client_id": key.client_id,
        "dpop_jkt": key.dpop_jkt,
        "name": key.name,
        "place": key.place,
        "owner": key.owner,
        "label": key.label,
        "added": datetime.fromtimestamp(key.added_at, UTC).isoformat(timespec="seconds"),
    }
