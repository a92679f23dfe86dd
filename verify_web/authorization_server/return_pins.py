"""Return PINs: digits that only the phone that approved shows, to be typed on the device that asked (between (D) and (F)).

A code that was forwarded to someone far away is approved there, and the digits are there, not at the attacker's device. It
does not stop an attacker who talks to the victim all the while. The digits are a MAC, so nothing is stored.
"""

from shared.device_grant import Verdict
from verify_web.authorization_server.attempts import PinAttempts
from verify_web.authorization_server.sealing import ServerKey, same

DIGITS = 3


class ReturnPins:
    def __init__(self, server_key: ServerKey, attempts: PinAttempts) -> None:
        self._server_key = server_key
        self._attempts = attempts

    def of(self, grant_id: bytes) -> str:
        number = int.from_bytes(self._server_key.mac("return pin", grant_id.hex())[:8], "big")
        return f"{number % 10**DIGITS:0{DIGITS}}"

    async def judge(self, grant_id: bytes, sent: str | None) -> Verdict:
        """What an approved grant is worth with these digits: APPROVED, PENDING (try again) or DENIED (too often)."""
        subject = grant_id.hex()
        if sent is None:
            return Verdict.DENIED if await self._attempts.are_spent(subject) else Verdict.PENDING
        # Paid for before it is looked at, so that many at once are no cheaper than one by one.
        if not await self._attempts.spend(subject):
            return Verdict.DENIED
        if same(self.of(grant_id).encode(), sent.encode()):
            return Verdict.APPROVED
        return Verdict.DENIED if await self._attempts.are_spent(subject) else Verdict.PENDING
