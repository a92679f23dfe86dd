"""``pairgrant status`` and ``pairgrant whoami``: what sign-in this device has, and whose it is."""

import json
import os
import time
from argparse import Namespace
from datetime import datetime

from pairgrant.commands.current_tokens import TOKEN_VARIABLE, current_tokens
from pairgrant.commands.options import SIGNED_IN, Subcommands, add_command, chosen_by, settings_of
from pairgrant.exit_codes import ExitCode
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import token_store
from pairgrant.settings import DeviceSettings
from pairgrant.terminal import print_err, print_out, print_result
from pairgrant_protocol.visible_text import visible

_STATUS = """\
It reads the stored sign-in and asks no server: whether the server has ended
the sign-in shows only when a token is used (`pairgrant whoami`).

examples:
  pairgrant status
  pairgrant status --json
    {"event": "status", "signed_in": true, "issuer": "…", "client_id": "…", …}

exit codes: 0 signed in, 1 the file of the tokens can't be used, 2 wrong usage,
  5 not signed in, or the sign-in has expired
"""

_WHOAMI = """\
It asks the server's userinfo endpoint (OpenID Connect) with the access token.

examples:
  pairgrant whoami
  pairgrant whoami --json
    {"event": "user", "name": "…", "preferred_username": "…", "sub": "…"}

exit codes: 0 printed, 1 the server doesn't say, 2 wrong usage, 5 not signed
  in, 7 the server can't be reached
"""


def add_to(subcommands: Subcommands) -> None:
    parser = add_command(subcommands, "status", "Show the sign-in of this device.", _STATUS, SIGNED_IN)
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    parser.set_defaults(run=run_status)
    summary = "Show who signed this device in."
    parser = add_command(subcommands, "whoami", summary, _WHOAMI, SIGNED_IN)
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    parser.set_defaults(run=run_whoami)


def run_status(given: Namespace) -> ExitCode:
    settings = settings_of(chosen_by(given))
    store = token_store(settings)
    tokens = store.load()
    now = time.time()
    is_signed_in = tokens is not None and not _has_ended(tokens, now)
    if given.json:
        members = {} if tokens is None else _members(tokens)
        known = {
            "issuer": settings.issuer,
            "client_id": settings.client_id,
            "token_file": store.location,
            "in_keyring": store.is_in_keyring(),
        }
        print_result(json.dumps({"event": "status", "signed_in": is_signed_in, **known, **members}))
    elif tokens is None:
        print_out(f"Not signed in at {settings.issuer} as {settings.client_id!r}.")
    else:
        where = "the keyring of this account" if store.is_in_keyring() else store.location
        for line in _lines(tokens, where, now):
            print_out(line)
    if os.environ.get(TOKEN_VARIABLE) and not given.json:
        print_err(f"{TOKEN_VARIABLE} is set: `token` and `api` use it instead of this sign-in.")
    return ExitCode.DONE if is_signed_in else ExitCode.NOT_SIGNED_IN


def _has_ended(tokens: StoredTokens, now: float) -> bool:
    """Whether neither the access token nor the refresh token can still be valid."""
    ends = _expires_at(tokens)
    if tokens.refresh_token is not None:
        ends = tokens.refresh_expires_at
    return ends is not None and ends <= now


def _expires_at(tokens: StoredTokens) -> float | None:
    return None if tokens.expires_in is None else tokens.obtained_at + tokens.expires_in


def _members(tokens: StoredTokens) -> dict[str, str | int | bool]:
    members: dict[str, str | int | bool | None] = {
        "scope": " ".join(tokens.scope),
        "signed_in_at": _whole(tokens.signed_in_at),
        "expires_at": _whole(_expires_at(tokens)),
        "can_refresh": tokens.refresh_token is not None,
        "refresh_expires_at": _whole(tokens.refresh_expires_at),
        "is_bound": tokens.dpop_key is not None,
    }
    return {name: value for name, value in members.items() if value is not None}


def _whole(instant: float | None) -> int | None:
    return None if instant is None else int(instant)


def _lines(tokens: StoredTokens, location: str, now: float) -> list[str]:
    since = "" if tokens.signed_in_at is None else f" since {_date(tokens.signed_in_at)}"
    verb = "The sign-in has expired" if _has_ended(tokens, now) else "Signed in"
    lines = [f"{verb} at {tokens.issuer} as {tokens.client_id!r}{since}."]
    if tokens.scope:
        lines.append(f"Scope: {visible(' '.join(tokens.scope), limit=2000)}")
    expires_at = _expires_at(tokens)
    if expires_at is not None:
        state = "expired" if expires_at <= now else "expires"
        lines.append(f"The access token {state} on {_date(expires_at)}.")
    if tokens.refresh_token is None:
        lines.append("It can't be refreshed: sign in again when it has expired.")
    elif tokens.refresh_expires_at is None:
        lines.append("It is refreshed when it is used.")
    else:
        lines.append(f"It is refreshed when it is used before {_date(tokens.refresh_expires_at)}.")
    bound = "bound to this device's key" if tokens.dpop_key is not None else "plain bearer tokens"
    lines.append(f"Tokens: {bound}, in {location}")
    return lines


def _date(instant: float) -> str:
    return f"{datetime.fromtimestamp(instant).astimezone():%Y-%m-%d %H:%M:%S %Z}"


def run_whoami(given: Namespace) -> ExitCode:
    import asyncio  # noqa: PLC0415 - a command imports only what it needs

    settings = settings_of(chosen_by(given))
    known = asyncio.run(_names(settings, current_tokens(settings)))
    if given.json:
        print_result(json.dumps({"event": "user", **known}))
        return ExitCode.DONE
    texts = [visible(text) for text in known.values()]
    if not texts:
        print_err("pairgrant: The server doesn't say who signed in: it has no userinfo endpoint.")
        return ExitCode.ERROR
    print_result(texts[0] if len(texts) == 1 else f"{texts[0]} ({texts[1]})")
    return ExitCode.DONE


async def _names(settings: DeviceSettings, tokens: StoredTokens) -> dict[str, str]:
    """What the userinfo endpoint calls the user, the friendliest name first."""
    from pairgrant.device import open_device  # noqa: PLC0415 - httpx

    async with open_device(settings) as device:
        session = device.session_of(tokens)
        try:
            user = await session.call(device.oauth_client.userinfo)
        finally:
            await session.settle()
    names = {"name": user.name, "preferred_username": user.preferred_username, "sub": user.subject}
    return {name: text for name, text in names.items() if text}
