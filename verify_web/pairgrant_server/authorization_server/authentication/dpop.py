"""DPoP at this server (RFC 9449): which key a request proves, with any grant.

Nonces (§8) are MACs of the time, so that all processes accept the same ones and none is stored.
"""

from base64 import urlsafe_b64encode

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.errors import DPoPProofRefusedError, OAuthError
from pairgrant_server.authorization_server.http.message import Request, Response
from pairgrant_server.authorization_server.jose.dpop_proof import DPoPProof, DPoPProofError
from pairgrant_server.authorization_server.jose.seen_proofs import SeenProofs
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, same

NONCE_LIFETIME = 300
"""Seconds; the nonce of the period before is still accepted."""

_HEADER = b"dpop"


class DPoP:
    def __init__(self, settings: ServerSettings, server_key: ServerKey, clock: Clock) -> None:
        self._settings = settings
        self._server_key = server_key
        self._clock = clock
        self._seen = SeenProofs()

    def proved_key(
        self, request: Request, method: str, path: str, *, access_token: Secret | None = None
    ) -> str | None:
        """The thumbprint of the key that ``request`` proves; None if it has no proof.

        With an ``access_token`` the request is one to a protected resource, and a refusal has a challenge
        (§7.1).

        Raises:
            OAuthError: ``invalid_dpop_proof`` or ``use_dpop_nonce``.
        """
        sent = request.headers(_HEADER)
        if not sent:
            return None
        at_resource = access_token is not None
        if len(sent) > 1:
            raise self._refusal("the header DPoP is given twice", at_resource=at_resource)
        now = self._clock()
        try:
            proof = DPoPProof.read(
                sent[0].decode("ascii"),
                method=method,
                url=self._settings.public_url + path,
                now=now,
                access_token=access_token,
            )
        except UnicodeDecodeError:
            raise self._refusal("the proof is not a JWT", at_resource=at_resource) from None
        except DPoPProofError as error:
            raise self._refusal(str(error), at_resource=at_resource) from None
        if (proof.nonce is None and self._settings.requires_dpop_nonce) or (
            proof.nonce is not None and not self._is_good(proof.nonce)
        ):
            raise self._refusal(
                "make a proof with the nonce in the header DPoP-Nonce",
                ErrorCode.USE_DPOP_NONCE,
                at_resource=at_resource,
            )
        if not self._seen.is_first(proof, now):
            raise self._refusal("the proof was used before (jti)", at_resource=at_resource)
        return proof.jkt

    def with_nonce(self, response: Response) -> Response:
        """The response to a request that proved a key, with the nonce for the next proof (§8.2)."""
        return response.with_header(b"dpop-nonce", self.nonce().encode())

    def nonce(self) -> str:
        return self._nonce_of(self._period())

    def _is_good(self, nonce: str) -> bool:
        now = self._period()
        return any(same(self._nonce_of(period).encode(), nonce.encode()) for period in (now, now - 1))

    def _period(self) -> int:
        return int(self._clock()) // NONCE_LIFETIME

    def _nonce_of(self, period: int) -> str:
        return urlsafe_b64encode(self._server_key.mac("dpop nonce", str(period))[:18]).decode()

    def _refusal(
        self,
        description: str,
        code: ErrorCode = ErrorCode.INVALID_DPOP_PROOF,
        *,
        at_resource: bool,
    ) -> DPoPProofRefusedError:
        return DPoPProofRefusedError(code, description, nonce=self.nonce(), at_resource=at_resource)


def missing_proof() -> OAuthError:
    """The error for a client that has to prove a key and did not."""
    return OAuthError(ErrorCode.INVALID_DPOP_PROOF, "this client has to send a DPoP proof (RFC 9449)")
