"""The authorization code flow from a machine with a browser of its own (RFC 6749 §4.1, RFC 7636, RFC 9207); pure."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Self
from urllib.parse import parse_qsl, urlencode

from device.errors import DeviceError, RemoteFaultError, refusal
from device.pkce import challenge_of
from shared.secret import Secret


class ForeignAnswerError(DeviceError):
    """What came to our address is no answer to what we asked: someone else sent it."""

    code = "foreign_answer"


@dataclass(frozen=True, slots=True)
class BrowserRequest:
    """One question to the server, through the browser; ``verifier`` and ``state`` never leave in the clear together."""

    client_id: str
    redirect_uri: str
    scope: tuple[str, ...]
    verifier: Secret
    state: str = field(repr=False)

    @classmethod
    def new(
        cls, client_id: str, redirect_uri: str, scope: tuple[str, ...], random_bytes: Callable[[int], bytes]
    ) -> Self:
        verifier, state = (urlsafe_b64encode(random_bytes(32)).decode().rstrip("=") for _ in range(2))
        return cls(client_id, redirect_uri, scope, Secret(verifier), state)

    def url(self, authorization_endpoint: str) -> str:
        """Where the browser begins."""
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(self.scope),
            "state": self.state,
            **challenge_of(self.verifier),
        }
        return (
            f"{authorization_endpoint}{'&' if '?' in authorization_endpoint else '?'}{urlencode(parameters)}"
        )

    def code_in(self, query: str, *, issuer: str, names_issuer: bool) -> Secret:
        """The code of an answer; ``names_issuer``: the server says that each of its answers carries ``iss``.

        Raises:
            ForeignAnswerError: another ``state``, or another server's answer (RFC 9207 §2.4).
            RefusedError: the server said no.
            RemoteFaultError: neither a code nor an error.
        """
        told = dict(parse_qsl(query))
        if not compare_digest(told.get("state", "").encode(), self.state.encode()):
            raise ForeignAnswerError("Something else than the answer came back. Start again.")
        if told.get("iss", None if names_issuer else issuer) != issuer:
            raise ForeignAnswerError("The answer came from another server than the one that was asked.")
        if "error" in told:
            raise refusal(told["error"], told.get("error_description"), client_id=self.client_id)
        if "code" not in told or not told["code"].isascii():
            raise RemoteFaultError("The server sent the browser back with neither a code nor an error.")
        return Secret(told["code"])
