"""Runs the operator's command that approves or denies a code, in the place of a person."""

import asyncio
import contextlib
import os
import signal
from typing import Protocol

PATIENCE = 60.0
"""Seconds that a command may take."""

_MOST_OUTPUT = 4096
_WITHHELD = ("PAIRGRANT_CLIENT_SECRET", "PAIRGRANT_CLIENT_SECRET_FILE")


class Approver(Protocol):
    """Decides on a code; returns "" for success, or what went wrong."""

    async def __call__(self, decision: str, user_code: str, uri: str, complete_uri: str) -> str: ...


def why_unusable(user_code: str, *uris: str) -> str:
    """Why the values of a server are not passed to a command; "" if they are.

    They are passed as variables, but a command may put them on a command line of its own.
    """
    if not user_code or len(user_code) > 64 or user_code.startswith("-"):
        return "the user_code is empty, too long, or looks like an option"
    if not all(
        value.isascii() and value.isprintable() and len(value) <= 2048 for value in (user_code, *uris)
    ):
        return "the user_code or a URI is not printable ASCII"
    return ""


class ShellApprover:
    """Runs ``command`` in a shell; several decisions at once are several processes."""

    def __init__(self, command: str) -> None:
        self._command = command

    async def __call__(self, decision: str, user_code: str, uri: str, complete_uri: str) -> str:
        if unusable := why_unusable(user_code, uri, complete_uri):
            return unusable
        inherited = {name: value for name, value in os.environ.items() if name not in _WITHHELD}
        process = await asyncio.create_subprocess_shell(
            self._command,
            env={
                **inherited,
                "DECISION": decision,
                "USER_CODE": user_code,
                "VERIFICATION_URI": uri,
                "VERIFICATION_URI_COMPLETE": complete_uri,
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(PATIENCE):
                output, _ = await process.communicate()
        except TimeoutError:
            return f"the approve command did not end within {PATIENCE:.0f} seconds"
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode == 0:
            return ""
        last = output[-_MOST_OUTPUT:].decode(errors="replace").strip().splitlines()[-1:]
        return f"the approve command exited with {process.returncode}: {''.join(last)}"
