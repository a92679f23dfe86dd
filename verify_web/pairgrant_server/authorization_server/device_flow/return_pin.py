"""Return PINs: digits that only the phone that approved shows, to be typed on the device that asked (between (D) and (F)).

A code that was forwarded to someone far away is approved there, and the digits are there, not at the attacker's device. It
does not stop an attacker who talks to the victim all the while. The digits are a MAC, so nothing is stored.
"""

from pairgrant_protocol.device_grant import Verdict
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import RETURN_PIN_DIGITS
from pairgrant_server.authorization_server.limits.attempts import PinAttempts
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, same


class ReturnPins:
    def __init__(self, server_key: ServerKey, attempts: PinAttempts) -> None:
        self._server_key = server_key
        self._attempts = attempts

    def of(self, grant_id: bytes) -> str:
        number = int.from_bytes(self._server_key.mac("return pin", grant_id.hex())[:8], "big")
        return f"{number % 10**RETURN_PIN_DIGITS:0{RETURN_PIN_DIGITS}}"

    async def are_spent(self, grant_id: bytes) -> bool:
        """Whether too many wrong digits were sent, so that the right ones would no longer help."""
        return await self._attempts.are_spent(grant_id.hex())

    async def judge(self, grant_id: bytes, expires_at: float, sent: Secret | None) -> Verdict:
        """What an approved grant is worth with these digits: APPROVED, PENDING (try again) or DENIED (too often)."""
        subject = grant_id.hex()
        if sent is None:
            return Verdict.DENIED if await self._attempts.are_spent(subject) else Verdict.PENDING
        # Paid for before it is looked at, so that many at once are no cheaper than one by one.
        if not await self._attempts.spend(subject, expires_at):
            return Verdict.DENIED
        if same(self.of(grant_id).encode(), sent.reveal().encode()):
            await self._attempts.give_back(subject, expires_at)
            return Verdict.APPROVED
        return Verdict.DENIED if await self._attempts.are_spent(subject) else Verdict.PENDING
