"""The tries at return PINs of each grant, between (D) and (F), counted across all processes."""

from pairgrant_server.authorization_server.store.interface.attempts import AttemptStore


class PinAttempts:
    """The tries at return PINs of each grant, counted across all processes.

    They are counted in one window, which ends with the code, so that none is forgotten while the code can be
    redeemed. ``pairgrant_protocol.poll_judgement`` decides how many are allowed.
    """

    def __init__(self, store: AttemptStore) -> None:
        self._store = store

    async def spend(self, grant: str, expires_at: float) -> int:
        """Count one try, and return how many there are now."""
        await self._store.spend_attempts([_pin_subject(grant)], int(expires_at))
        return await self.count(grant)

    async def give_back(self, grant: str, expires_at: float) -> None:
        """The digits were right: the try does not count."""
        await self._store.spend_attempts([_pin_subject(grant)], int(expires_at), -1)

    async def count(self, grant: str) -> int:
        return await self._store.attempts(_pin_subject(grant), 0)


def _pin_subject(grant: str) -> str:
    return f"return pin {grant}"
