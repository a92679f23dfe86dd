"""A device as its requests show it: the attacker's, or the honest one beside the person."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from pairgrant.oauth.dpop_key import DPoPKey, new_key
from pairgrant_protocol.fresh_scan import proof, step_at
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.user_code import normalize
from pairgrant_protocol.vocabulary import GrantType
from tests.phishing.hastened_clock import HastenedClock

SCOPE = "openid profile offline_access board:read"
SAYS_ALL = "number fresh_scan"
"""The capabilities that our own devices name. An attacker may leave out what helps them."""


def new_dpop_key(clock: HastenedClock) -> DPoPKey:
    key = DPoPKey(clock)
    key.load(new_key())
    return key


@dataclass
class SendingDevice:
    """``call`` carries a request out where the device is; ``key`` is None for a device without DPoP."""

    client_id: str
    clock: HastenedClock
    url: str
    call: Callable[[str, dict[str, str], dict[str, str]], httpx.Response]
    says: str = ""
    key: DPoPKey | None = None
    name: str | None = None
    scope: str = SCOPE
    codes: dict[str, Any] = field(default_factory=dict, repr=False)
    _issued_at: float = 0.0

    def start(self) -> httpx.Response:
        """Ask for codes, and keep them if there are any."""
        form = {"client_id": self.client_id, "scope": self.scope, "device_capabilities": self.says}
        response = self._post(
            "/device_authorization", form | ({"device_name": self.name} if self.name else {})
        )
        self.codes = response.json() if response.is_success else {}
        self._issued_at = self.clock()
        return response

    @property
    def user_code(self) -> str:
        code: str = self.codes["user_code"]
        return code

    def link(self) -> str:
        """What the device's QR code says now: with a proof, if the device says that its code changes."""
        address: str = self.codes["verification_uri_complete"]
        if "proof_key" not in self.codes:
            return address
        step = step_at(self.clock() - self._issued_at)
        return f"{address}/{proof(Secret(self.codes['proof_key']), normalize(self.user_code), step)}"

    def poll(self) -> dict[str, Any]:
        """The response to a poll that is on time."""
        self.clock.advance(self.codes["interval"])
        form = {
            "grant_type": GrantType.DEVICE_CODE.value,
            "device_code": self.codes["device_code"],
            "client_id": self.client_id,
        }
        members: dict[str, Any] = self._post("/token", form).json()
        return members

    def number(self) -> str | None:
        """The number that the device is to show now."""
        return self.poll().get("number")

    def is_connected(self, tokens: dict[str, Any]) -> bool:
        """Whether the device could go on with ``tokens``; it takes the new ones."""
        form = {
            "grant_type": GrantType.REFRESH_TOKEN.value,
            "refresh_token": tokens["refresh_token"],
            "client_id": self.client_id,
        }
        response = self._post("/token", form)
        tokens.update(response.json())
        return response.is_success

    def _post(self, path: str, form: dict[str, str]) -> httpx.Response:
        address = self.url + path
        return self.call(address, form, {} if self.key is None else self.key.headers("POST", address))
