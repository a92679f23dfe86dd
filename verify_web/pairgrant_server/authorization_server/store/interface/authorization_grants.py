"""Authorization requests of the code flow (RFC 6749 §4.1)."""

from typing import Protocol

from pairgrant_server.authorization_server.model.records import (
    AuthorizationDecision,
    AuthorizationGrant,
    ConnectedDevice,
)


class AuthorizationGrantStore(Protocol):
    async def insert_authorization(self, grant: AuthorizationGrant) -> None: ...

    async def authorization(self, grant_id: bytes) -> AuthorizationGrant | None: ...

    async def decide_authorization(self, decision: AuthorizationDecision, now: float) -> bool:
        """PENDING and not expired at ``now`` -> APPROVED or DENIED."""

    async def redeem_authorization(self, grant_id: bytes, device: ConnectedDevice, now: float) -> bool:
        """APPROVED and not expired at ``now`` -> REDEEMED, and add the new family of tokens, or neither."""
