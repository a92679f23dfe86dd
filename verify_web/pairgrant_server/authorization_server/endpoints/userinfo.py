"""``/userinfo``: claims about the person, as far as the scope allows (OpenID Connect Core §5.3)."""

from pairgrant_protocol.messages import split_scope
from pairgrant_server.authorization_server.authentication.bearer import PresentedToken, presented_token
from pairgrant_server.authorization_server.authentication.dpop import DPoP
from pairgrant_server.authorization_server.errors import AccessTokenError, InsufficientScopeError
from pairgrant_server.authorization_server.http.message import Endpoint, Request, Response, json_response
from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.authorization_server.model.scopes import EMAIL, OPENID, PROFILE
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.tokens.introspection import ActiveAccessToken, Introspection

USERINFO_PATH = "/userinfo"


def userinfo_endpoints(
    settings: ServerSettings, introspection: Introspection, dpop: DPoP
) -> dict[str, Endpoint]:
    """Method -> endpoint."""

    async def userinfo(request: Request, method: str) -> Response:
        presented = presented_token(request)
        token = await introspection.access_token(presented.token)
        if token is None or settings.public_url not in token.audience:
            raise AccessTokenError(
                "the access token is expired, revoked or not for this resource", is_dpop=presented.is_dpop
            )
        proved = None
        if presented.is_dpop:
            proved = dpop.proved_key(request, method, USERINFO_PATH, access_token=presented.token)
        _check_binding(token, presented, proved)
        user, scope = await introspection.person(token), split_scope(token.claims["scope"])
        if user is None:
            raise AccessTokenError(
                "the access token is not for a person who has an account", is_dpop=presented.is_dpop
            )
        if OPENID not in scope:
            raise InsufficientScopeError(
                "userinfo needs the scope openid", scope=OPENID, is_dpop=presented.is_dpop
            )
        response = json_response(_claims(user, scope))
        return response if proved is None else dpop.with_nonce(response)

    async def by_get(request: Request) -> Response:
        return await userinfo(request, "GET")

    async def by_post(request: Request) -> Response:
        return await userinfo(request, "POST")

    return {"GET": by_get, "POST": by_post}


def _check_binding(token: ActiveAccessToken, presented: PresentedToken, proved: str | None) -> None:
    """Return if the proved key is that of ``token``, or both have none (RFC 9449 §7.1, §7.2).

    Raises:
        AccessTokenError
    """
    if presented.is_dpop and proved is None:
        raise AccessTokenError("the header DPoP is missing", is_dpop=True)
    if token.dpop_jkt is not None and not presented.is_dpop:
        raise AccessTokenError("the access token is bound to a key: send it with the scheme DPoP and a proof")
    if token.dpop_jkt != proved:
        raise AccessTokenError(
            "the access token is bound to another key, or to none", is_dpop=presented.is_dpop
        )


def _claims(user: User, scope: tuple[str, ...]) -> dict[str, str | bool]:
    claims: dict[str, str | bool] = {"sub": user.user_id}
    if PROFILE in scope:
        claims |= {"name": user.display_name, "preferred_username": user.username}
    if EMAIL in scope and user.email:
        claims |= {"email": user.email, "email_verified": False}
    return claims
