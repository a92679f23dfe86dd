"""``grant_type=authorization_code`` (RFC 6749 §4.1.3)."""

from pairgrant_protocol.pkce import is_code_verifier
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.code_flow.code_redemption import CodeRedemption, CodeTokenRequest
from pairgrant_server.authorization_server.endpoints.token_grants.token_request import (
    TokenGrant,
    TokenRequest,
)
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.http.message import Response, json_bytes


def authorization_code_grant(redemption: CodeRedemption) -> TokenGrant:
    async def redeem(asked: TokenRequest) -> Response:
        code, verifier = asked.secret("code"), asked.secret("code_verifier")
        if not is_code_verifier(verifier.reveal()):
            raise OAuthError(ErrorCode.INVALID_REQUEST, "code_verifier has 43 to 128 unreserved characters")
        response = await redemption.redeem(
            CodeTokenRequest(
                asked.client,
                code,
                redirect_uri=asked.form.get("redirect_uri"),
                code_verifier=verifier,
                resource=asked.form.get("resource"),
                address=asked.http.address,
                dpop_jkt=asked.dpop_jkt,
            )
        )
        return json_bytes(response)

    return redeem
