"""What an operator is warned about once, when the server starts."""

from collections.abc import Iterable, Sequence

from pairgrant_server.authorization_server.model.lifetimes import LONGEST_ADVISABLE_DEVICE_CODE
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings


def long_device_codes(clients: Iterable[Client], settings: ServerSettings) -> Sequence[str]:
    """The setting and the clients whose device codes live too long, with their lifetimes in seconds."""
    lifetimes = {"PAIRGRANT_DEVICE_CODE_LIFETIME": settings.device_code_lifetime} | {
        f"client {client.client_id}": client.policy.device_code_lifetime or 0 for client in clients
    }
    return [f"{where}: {of}" for where, of in lifetimes.items() if of > LONGEST_ADVISABLE_DEVICE_CODE]
