"""Who the signed-in person is, as far as the scope says (OpenID Connect Core §5.3), by GET and POST."""

from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.authentication.bearer import invalid_token, presented_token
from pairgrant_server.authorization_server.authentication.dpop import DPoP
from pairgrant_server.authorization_server.http.message import (
    Endpoint,
    OAuthError,
    Request,
    Response,
    json_response,
)
from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.authorization_server.model.scopes import EMAIL, OPENID, PROFILE
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.tokens.introspection import Introspection

USERINFO_PATH = "/userinfo"


def userinfo_endpoints(
    settings: ServerSettings, introspection: Introspection, dpop: DPoP
) -> dict[str, Endpoint]:
    """Method -> endpoint."""

    async def userinfo(request: Request, method: str) -> Response:
        presented = presented_token(request)
        token = await introspection.access_token(presented.token)
        if token is None or settings.public_url not in token.audience:
            raise invalid_token(
                "the access token is expired, revoked or not for this resource", is_dpop=presented.is_dpop
            )
        # A token that is bound to a key is no bearer token, and the other way round (RFC 9449 §7.1, §7.2).
        proved = None
        if presented.is_dpop:
            proved = dpop.proved_key(request, method, USERINFO_PATH, access_token=presented.token)
            if proved is None:
                raise invalid_token("the header DPoP is missing", is_dpop=presented.is_dpop)
        if token.dpop_jkt != proved:
            raise invalid_token(
                "the access token is bound to another key, or to none", is_dpop=presented.is_dpop
            )
        user, scope = token.user, split_scope(token.claims["scope"])
        if user is None:
            raise invalid_token(
                "the access token speaks for a client, not for a person", is_dpop=presented.is_dpop
            )
        if OPENID not in scope:
            scheme = b"DPoP" if presented.is_dpop else b"Bearer"
            raise OAuthError(
                ErrorCode.INSUFFICIENT_SCOPE,
                "userinfo needs the scope openid",
                status=403,
                headers=((b"www-authenticate", scheme + b' error="insufficient_scope", scope="openid"'),),
            )
        response = json_response(_claims(user, scope))
        return response if proved is None else dpop.with_nonce(response)

    async def by_get(request: Request) -> Response:
        return await userinfo(request, "GET")

    async def by_post(request: Request) -> Response:
        return await userinfo(request, "POST")

    return {"GET": by_get, "POST": by_post}


def _claims(user: User, scope: tuple[str, ...]) -> dict[str, str | bool]:
    claims: dict[str, str | bool] = {"sub": user.user_id}
    if PROFILE in scope:
        claims |= {"name": user.display_name, "preferred_username": user.username}
    if EMAIL in scope and user.email:
        claims |= {"email": user.email, "email_verified": False}
    return claims
