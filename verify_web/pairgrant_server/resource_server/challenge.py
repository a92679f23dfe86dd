"""The Authorization header and its challenges (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1)."""

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.jose.public_keys import SIGNING_ALGORITHMS
from pairgrant_server.resource_server.http import ResourceError, ResourceRequest

_CREDENTIALS = re.compile(r"[!-~]+ +([A-Za-z0-9\-._~+/]+=*)")


class Credentials(NamedTuple):
    """``is_dpop``: the scheme is DPoP, so the token needs a proof."""

    token: Secret
    is_dpop: bool


@dataclass(frozen=True, slots=True)
class Challenge:
    """Reads the token of a request, and makes the errors of RFC 6750 §3."""

    resource_metadata: str

    def token(self, request: ResourceRequest) -> Credentials:
        """The access token, which is accepted in the Authorization header only.

        Raises:
            ResourceError: 400 if it is sent another way or malformed, 401 if it is missing.
        """
        if _has_access_token(request.query):
            raise self.invalid_request("the access token belongs in the Authorization header, not in the URL")
        values = request.values(b"authorization")
        if len(values) > 1:
            raise self.invalid_request("the header authorization is repeated")
        scheme = values[0].partition(" ")[0].lower() if values else ""
        if scheme not in {"bearer", "dpop"}:
            raise self.missing()
        credentials = _CREDENTIALS.fullmatch(values[0])
        if credentials is None:
            raise self.invalid_request("the header authorization is not: Bearer or DPoP, a space, one token")
        return Credentials(Secret(credentials[1]), scheme == "dpop")

    def missing(self) -> ResourceError:
        """401 without an error code (RFC 6750 §3.1), with a challenge for each scheme (RFC 9449 §7.2)."""
        description = "send an access token in the Authorization header"
        return self._refusal(401, None, description, schemes=("Bearer", "DPoP"))

    def invalid_request(self, description: str) -> ResourceError:
        return self._refusal(400, ErrorCode.INVALID_REQUEST, description)

    def invalid_token(self, description: str, *, is_dpop: bool) -> ResourceError:
        """401, with a challenge of the scheme that was used (RFC 9449 §7.1)."""
        schemes = ("DPoP",) if is_dpop else ("Bearer",)
        return self._refusal(401, ErrorCode.INVALID_TOKEN, description, schemes=schemes)

    def invalid_dpop_proof(self, description: str) -> ResourceError:
        """RFC 9449 §7.1."""
        return self._refusal(401, ErrorCode.INVALID_DPOP_PROOF, description, schemes=("DPoP",))

    def insufficient_scope(self, scope: str, *, is_dpop: bool) -> ResourceError:
        description = f"the access token lacks the scope {scope}"
        schemes = ("DPoP",) if is_dpop else ("Bearer",)
        return self._refusal(403, ErrorCode.INSUFFICIENT_SCOPE, description, schemes=schemes, scope=scope)

    def _refusal(
        self,
        status: int,
        error: ErrorCode | None,
        description: str,
        *,
        schemes: tuple[str, ...] = ("Bearer",),
        **more: str,
    ) -> ResourceError:
        attributes_of_error = {} if error is None else {"error": error, "error_description": description}
        attributes = {**attributes_of_error, **more, "resource_metadata": self.resource_metadata}
        challenges = [_challenge(scheme, attributes) for scheme in schemes]
        headers = tuple((b"www-authenticate", challenge.encode("ascii")) for challenge in challenges)
        return ResourceError(status, error, description, headers=headers)


def _challenge(scheme: str, attributes: dict[str, str]) -> str:
    more = {"algs": " ".join(SIGNING_ALGORITHMS)} if scheme == "DPoP" else {}
    return f"{scheme} " + ", ".join(f'{name}="{value}"' for name, value in {**attributes, **more}.items())


def _has_access_token(query: bytes) -> bool:
    names = (pair.partition(b"=")[0] for pair in query.split(b"&"))
    return any(unquote_to_bytes(name) == b"access_token" for name in names)
