"""``python -m benchmarks.subjects.new_database NAME …``: add clients and people to PAIRGRANT_DATABASE."""

import asyncio
import sys
from dataclasses import replace

from benchmarks.subjects.subject import CLIENT_ID, PASSWORD, RESOURCE_SERVER, RESOURCE_SERVER_SECRET
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.backend import open_backend
from pairgrant_server.settings import Settings

_GRANTS = frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN})


async def _prepare(names: list[str]) -> None:
    async with open_backend(Settings.load()) as backend:
        scope = "openid offline_access board:read"
        await backend.parts.clients.add(CLIENT_ID, "Lobby TV", secret=None, grant_types=_GRANTS, scope=scope)
        secret = Secret(RESOURCE_SERVER_SECRET)
        board = await backend.parts.clients.add(
            RESOURCE_SERVER, "The board", secret=secret, grant_types=_GRANTS, scope=scope
        )
        serves = (backend.settings.for_server().resource,)
        await backend.store.replace_client(replace(board, policy=ClientPolicy(serves=serves)))
        for name in names:
            await backend.people.add(name, Secret(PASSWORD), None, None)


if __name__ == "__main__":
    asyncio.run(_prepare(sys.argv[1:]))
