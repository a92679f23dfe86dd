"""Return PINs: digits that the approving phone shows and that are typed on the device, between (D) and (F).

A code that was forwarded to someone far away is approved there, and the digits appear there, not at the
attacker's device. This does not stop an attacker who talks to the victim during the pairing. The digits are a
MAC of the grant's identifier, so none are stored.
"""

from pairgrant_protocol.poll_judgement import PinFacts, is_pin_exhausted
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import RETURN_PIN_DIGITS
from pairgrant_server.authorization_server.limits.pin_attempts import PinAttempts
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, same


class ReturnPin:
    """The return PIN of each grant, and the tries that were made at it."""

    def __init__(self, server_key: ServerKey, attempts: PinAttempts) -> None:
        self._server_key = server_key
        self._attempts = attempts

    def of(self, grant_id: bytes) -> str:
        number = int.from_bytes(self._server_key.mac("return pin", grant_id.hex())[:8], "big")
        return f"{number % 10**RETURN_PIN_DIGITS:0{RETURN_PIN_DIGITS}}"

    async def is_exhausted(self, grant_id: bytes) -> bool:
        """Whether so many wrong digits were sent that the right ones no longer help."""
        return is_pin_exhausted(PinFacts(await self._attempts.count(grant_id.hex())))

    async def facts(self, grant_id: bytes, expires_at: float, sent: Secret | None) -> PinFacts:
        """What the judgement of a poll that sent these digits, or none, needs to know.

        A try is counted before the digits are compared, so that many at once cost as much as one after the
        other. A right one is given back: a device that lost the response may send it again.
        """
        subject = grant_id.hex()
        if sent is None:
            return PinFacts(await self._attempts.count(subject))
        tries = await self._attempts.spend(subject, expires_at)
        pin = PinFacts(tries, same(self.of(grant_id).encode(), sent.reveal().encode()))
        if pin.is_right and not is_pin_exhausted(pin):
            await self._attempts.give_back(subject, expires_at)
        return pin
