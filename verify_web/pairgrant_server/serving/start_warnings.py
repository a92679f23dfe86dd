"""What an operator is warned about once, when the server starts."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.addresses import is_loopback
from pairgrant_server.authorization_server.model.lifetimes import LONGEST_ADVISABLE_DEVICE_CODE
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.settings import Settings


def unnamed_proxy(settings: Settings) -> str | None:
    """What to set if only a proxy on this machine can pass requests on, but none is trusted.

    Such a proxy may send no forwarding header, so that no request shows that it is there.
    """
    is_behind_proxy = is_loopback(settings.host) and not is_loopback(
        urlsplit(settings.public_url).hostname or ""
    )
    if settings.proxies or not is_behind_proxy:
        return None
    example = "::1" if ":" in settings.host else "127.0.0.1"
    return (
        f"only a proxy can pass requests on to {settings.host}, so everyone seems to be on its network; "
        f"name the address it connects from, like PAIRGRANT_TRUSTED_PROXIES={example}"
    )


def long_device_codes(clients: Iterable[Client], settings: ServerSettings) -> Sequence[str]:
    """The setting and the clients whose device codes live too long, with their lifetimes in seconds."""
    lifetimes = {"PAIRGRANT_DEVICE_CODE_LIFETIME": settings.device_code_lifetime} | {
        f"client {client.client_id}": client.policy.device_code_lifetime or 0 for client in clients
    }
    return [f"{where}: {of}" for where, of in lifetimes.items() if of > LONGEST_ADVISABLE_DEVICE_CODE]


def clients_below_standard(clients: Iterable[Client]) -> Sequence[str]:
    """The clients whose devices are approved on no evidence at all (RFC 10027)."""
    return [
        client.client_id
        for client in clients
        if client.policy.profile == "open" and GrantType.DEVICE_CODE in client.grant_types
    ]
