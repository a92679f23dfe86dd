"""What a person has allowed a client before."""

from typing import Protocol

from pairgrant_server.authorization_server.model.records import Consent


class ConsentStore(Protocol):
    async def put_consent(self, consent: Consent) -> None:
        """Insert, or replace the consent of the same user and client."""

    async def consent(self, user_id: str, client_id: str) -> Consent | None:
        """None also while the user removes a connection of the client, unless the consent is newer."""

    async def remove_consent(self, user_id: str, client_id: str) -> bool: ...
