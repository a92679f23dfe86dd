"""``pairgrant-server keys``: list, rotate and withdraw the keys that sign tokens."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.clock import system_clock
from pairgrant_server.authorization_server.keys.key_lifecycle import (
    ALGORITHMS,
    PROPAGATION,
    Key,
    KeyState,
    ends_at,
    state,
)
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import DatabaseOption, JsonOption, with_backend
from pairgrant_server.commands.durations import roughly

app = typer.Typer(no_args_is_help=True, help="Manage the keys that sign tokens.")


@app.command("list", epilog="Example: pairgrant-server keys list")
def list_keys(*, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List the keys: which one signs, which one is published to sign later, which ones only verify."""
    keys = with_backend(database, _all)
    now = system_clock()
    if as_json:
        typer.echo(json.dumps([_facts(key, keys, now) for key in keys], indent=2))
        return
    for key in keys:
        age = roughly(now - key.created_at)
        typer.echo(f"{key.kid}  {key.algorithm}  {age + ' old':<15}  {_in_words(key, keys, now)}")


async def _all(backend: Backend) -> Sequence[Key]:
    return backend.parts.keys.all


def _in_words(key: Key, keys: Sequence[Key], now: float) -> str:
    match state(key, keys, now):
        case KeyState.SIGNS:
            return "signs"
        case KeyState.WAITS:
            return f"published, signs in {roughly(key.signs_at - now)}"
        case KeyState.VERIFIES:
            left = (ends_at(key, keys) or now) - now
            return f"only verifies, is removed in {roughly(left)}" if left > 0 else "about to be removed"


def _facts(key: Key, keys: Sequence[Key], now: float) -> dict[str, str | None]:
    end = ends_at(key, keys)
    return {
        "kid": key.kid,
        "alg": key.algorithm,
        "state": state(key, keys, now).value,
        "created_at": _instant(key.created_at),
        "signs_at": _instant(key.signs_at),
        "ends_at": None if end is None else _instant(end),
    }


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


@app.command(epilog="Example: pairgrant-server keys rotate --algorithm ES256")
def rotate(
    *,
    algorithm: Annotated[
        str | None, typer.Option(help=f"{' or '.join(ALGORITHMS)}. Default: a new key for each.")
    ] = None,
    at_once: Annotated[
        bool,
        typer.Option(
            "--now",
            help="Sign with the new key immediately. APIs that cache keys may refuse tokens for minutes.",
        ),
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Make a new key. Issued tokens stay valid, and running servers load the key within seconds.

    The new key is published now. It signs some minutes later, when every API has loaded it. The old key
    verifies until every token that it signed has expired.
    """
    if algorithm is not None and algorithm not in ALGORITHMS:
        raise CommandError(f"{visible(algorithm)!r} is not supported; choose {' or '.join(ALGORITHMS)}.")
    wanted = ALGORITHMS if algorithm is None else (algorithm,)

    async def work(backend: Backend) -> list[tuple[str, str | None]]:
        return [(name, await backend.parts.keys.add(name, at_once=at_once)) for name in wanted]

    when = "now" if at_once else f"in {roughly(PROPAGATION)}"
    for name, kid in with_backend(database, work):
        typer.echo(f"Made the {name} key {kid}; it signs {when}.")


@app.command(epilog="Example: pairgrant-server keys withdraw AX8…hI")
def withdraw(
    kid: Annotated[
        str, typer.Argument(metavar="KID", help="The key ID, as shown by: pairgrant-server keys list")
    ],
    database: DatabaseOption = None,
) -> None:
    """Withdraw a compromised key: tokens that it signed become invalid within minutes.

    First make another key sign: pairgrant-server keys rotate --now
    """

    async def work(backend: Backend) -> bool:
        keys = backend.parts.keys.all
        for key in keys:
            if key.kid == kid and state(key, keys, system_clock()) is KeyState.SIGNS:
                raise CommandError(
                    f"The key {visible(kid)} signs now. First make another key sign: pairgrant-server keys "
                    f"rotate --algorithm {key.algorithm} --now"
                )
        return await backend.parts.keys.remove(kid)

    if not with_backend(database, work):
        raise CommandError(f"There is no key {visible(kid)!r}. List them with: pairgrant-server keys list")
    typer.echo(f"Withdrew the key {kid}. APIs that cache the keys trust it for a few more minutes.")
