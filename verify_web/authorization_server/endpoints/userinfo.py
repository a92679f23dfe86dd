"""Who the signed-in person is, as far as the scope says (OpenID Connect Core §5.3), by GET and POST."""

from shared.messages import split_scope
from shared.vocabulary import ErrorCode
from verify_web.authorization_server.endpoints.bearer import bearer_token, invalid_token
from verify_web.authorization_server.http import Endpoint, OAuthError, Request, Response, json_response
from verify_web.authorization_server.introspection import Introspection
from verify_web.authorization_server.settings import ServerSettings


def userinfo_endpoint(settings: ServerSettings, introspection: Introspection) -> Endpoint:
    async def userinfo(request: Request) -> Response:
        token = await introspection.access_token(bearer_token(request))
        if token is None or settings.public_url not in token.audience:
            raise invalid_token("the access token is expired, revoked or not for this resource")
        user, scope = token.user, split_scope(token.claims["scope"])
        if user is None:
            raise invalid_token("the access token speaks for a client, not for a person")
        if "openid" not in scope:
            raise OAuthError(
                ErrorCode.INSUFFICIENT_SCOPE,
                "userinfo needs the scope openid",
                status=403,
                headers=((b"www-authenticate", b'Bearer error="insufficient_scope", scope="openid"'),),
            )
        claims: dict[str, str | bool] = {"sub": user.user_id}
        if "profile" in scope:
            claims |= {"name": user.display_name, "preferred_username": user.username}
        if "email" in scope and user.email:
            claims |= {"email": user.email, "email_verified": False}
        return json_response(claims)

    return userinfo
