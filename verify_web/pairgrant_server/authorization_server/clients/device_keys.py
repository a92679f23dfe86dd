"""Enrolled keys: the operator says which device has which DPoP key (RFC 10027: trusted devices)."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_protocol.base64url import base64url, from_base64url, is_base64url_of_sha256
from pairgrant_protocol.messages import MAX_DEVICE_LABEL
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.error import ClientError
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.risk_records import DeviceKey
from pairgrant_server.authorization_server.store.interface.clients import ClientStore
from pairgrant_server.authorization_server.store.interface.device_keys import DeviceKeyStore

MAX_TEXT = 80
"""Characters of a name, place or owner."""


class EnrollmentStore(ClientStore, DeviceKeyStore, Protocol):
    """The parts of the store that an enrollment needs."""


class DeviceKeys:
    def __init__(self, store: EnrollmentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def key(self, client_id: str, thumbprint: str) -> DeviceKey | None:
        """The enrollment of the client's key with ``thumbprint``; None if it has none."""
        return await self._store.device_key(client_id, thumbprint)

    async def add(
        self, client_id: str, thumbprint: str, *, name: str, place: str = "", owner: str = "", label: str = ""
    ) -> tuple[DeviceKey, Client]:
        """Enroll the key with ``thumbprint`` (RFC 7638), or replace what was said of it; and its client.

        With a ``label``, the device has to send this one at each start.

        Raises:
            ClientError: a value is invalid, or the client is unknown or has no device grant.
        """
        if not _is_thumbprint(thumbprint):
            raise ClientError(
                f"{visible(thumbprint)!r} is not a thumbprint: write the 43 characters that "
                "`pairgrant enroll` prints on the device (RFC 7638, SHA-256).",
                "dpop_jkt",
            )
        if not name:
            raise ClientError(
                'Name the device, like "Lobby screen"; people read it when they approve.', "name"
            )
        for field, text, most in (
            ("name", name, MAX_TEXT),
            ("place", place, MAX_TEXT),
            ("owner", owner, MAX_TEXT),
            ("label", label, MAX_DEVICE_LABEL),
        ):
            if len(text) > most or visible(text) != text or " ".join(text.split()) != text:
                raise ClientError(
                    f"Write at most {most} visible characters, with single spaces between them.", field
                )
        client = await self._store.client(client_id)
        if client is None:
            raise ClientError(
                f"There is no client {visible(client_id)!r}. List them with: pairgrant-server client list",
                "client_id",
            )
        if GrantType.DEVICE_CODE not in client.grant_types:
            raise ClientError("It has no device_code grant, so no device of it ever starts.", "client_id")
        key = DeviceKey(client_id, thumbprint, name, self._clock(), place, owner, label)
        await self._store.put_device_key(key)
        return key, client

    async def all(self) -> Sequence[DeviceKey]:
        """By client and name."""
        return await self._store.device_keys()

    async def remove(self, client_id: str, thumbprint: str) -> bool:
        """False if it is not enrolled. Connections of the device stay."""
        return await self._store.remove_device_key(client_id, thumbprint)


def _is_thumbprint(text: str) -> bool:
    """Whether this is the one spelling of a SHA-256; in others the last character has bits too many."""
    return is_base64url_of_sha256(text) and base64url(from_base64url(text)) == text
