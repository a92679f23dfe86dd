"""Who the signed-in person is, as far as the scope says (OpenID Connect Core §5.3), by GET and POST."""

from shared.secret import Secret
from shared.vocabulary import ErrorCode
from verify_web.authorization_server.connected_devices import ConnectedDevices
from verify_web.authorization_server.http import Endpoint, OAuthError, Request, Response, json_response


def userinfo_endpoint(devices: ConnectedDevices) -> Endpoint:
    async def userinfo(request: Request) -> Response:
        user, scope = await devices.bearer(_bearer_token(request))
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


def _bearer_token(request: Request) -> Secret:
    """The token of an Authorization header (RFC 6750 §2.1); one in the query or the body is not looked at."""
    authorization = request.header(b"authorization")
    if authorization is None:
        # No error code where no credentials came (RFC 6750 §3.1).
        raise OAuthError(
            ErrorCode.INVALID_REQUEST,
            "send the access token in an Authorization header",
            status=401,
            headers=((b"www-authenticate", b'Bearer realm="pairgrant"'),),
        )
    scheme, _, token = authorization.partition(b" ")
    try:
        text = token.strip().decode("ascii")
    except UnicodeDecodeError:
        text = ""
    if scheme.lower() != b"bearer" or not text:
        raise OAuthError(
            ErrorCode.INVALID_REQUEST,
            "the Authorization header is not Bearer",
            headers=((b"www-authenticate", b'Bearer error="invalid_request"'),),
        )
    return Secret(text)
