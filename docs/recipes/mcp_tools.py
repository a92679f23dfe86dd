"""Tools of an agent (MCP): it shows a code, ends its turn, and completes the sign-in in a later turn.

PAIR_ISSUER=https://pair.example PAIR_CLIENT_ID=lobby-tv python mcp_tools.py
"""

import asyncio
import os
import secrets
from contextlib import AsyncExitStack

from mcp.server.mcpserver import MCPServer

import pairgrant

server = MCPServer("sign-in")
pairings: dict[str, tuple[pairgrant.Pairing, AsyncExitStack]] = {}


@server.tool()
async def start_sign_in() -> dict[str, str]:
    """Begin a sign-in. Show the person `open` and `enter`, then call finish_sign_in with `handle`."""
    new = pairgrant.Client(os.environ["PAIR_ISSUER"], os.environ["PAIR_CLIENT_ID"], storage="tokens.json")
    async with AsyncExitStack() as block:
        client = await block.enter_async_context(new)
        pairing = await block.enter_async_context(client.pair())
        handle = secrets.token_urlsafe(8)
        pairings[handle] = pairing, block.pop_all()
    return {"open": pairing.verification_uri, "enter": pairing.user_code, "handle": handle}


@server.tool()
async def finish_sign_in(handle: str, seconds: float = 45) -> str:
    """Wait for the person's decision. If it is not there yet, call this again."""
    if handle not in pairings:
        return "There is no such sign-in. Call start_sign_in."
    pairing, block = pairings[handle]
    try:
        await asyncio.wait_for(pairing.tokens(), seconds)
        text = "Signed in."
    except TimeoutError:
        return "Not decided yet. Call finish_sign_in again."
    except pairgrant.PairgrantError as error:  # denied and expired too
        text = str(error)
    if pairings.pop(handle, None):
        await block.aclose()
    return text


if __name__ == "__main__":
    server.run()
