"""Hosted services that follow the RFC or nearly: how each behaves, from the sources that its preset names."""

from tests.device.providers.product_rows import HOST, NEVER, described, product
from tests.device.providers.provider_row import (
    CLIENT_ID,
    DEVICE_CODE,
    PKCE,
    SECRET,
    URN,
    USER_CODE,
    Ask,
    Rfc,
    Row,
    Says,
    code_of,
    says_error,
    tokens_of,
)

GITHUB = Rfc("github.com", "/login/device/code", "/login/oauth/access_token")
GOOGLE = Rfc("oauth2.googleapis.com", "/device/code", "/token", "", "post")
ENTRA = Rfc("login.microsoftonline.com", "/common/oauth2/v2.0/devicecode", "/common/oauth2/v2.0/token")
DISCORD = Rfc("discord.com", "/api/v10/oauth2/device/authorize", "/api/v10/oauth2/token", "post", "post")
ROTATED = {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
HOME_CONNECT = Rfc(
    "api.home-connect.com", "/security/oauth/device_authorization", "/security/oauth/token", "", "post"
)
TWITCH = Rfc("id.twitch.tv", "/oauth2/device", "/oauth2/token")
TWITCH_PAGE = "https://www.twitch.tv/activate?public=true&device-code=ABCD1234"
WEBEX = Rfc("webexapis.com", "/v1/device/authorize", "/v1/device/token", "basic", "basic")
BMW = Rfc(
    "customer.bmwgroup.com",
    "/gcdm/oauth/device/code",
    "/gcdm/oauth/token",
    start={"response_type": "device_code", "code_challenge": PKCE, "code_challenge_method": "S256"},
    poll={"code_verifier": PKCE},
)
COZE = Rfc("api.coze.com", "/api/permission/oauth2/device/code", "/api/permission/oauth2/token")
ALIBABA = Rfc(HOST, "/v2/inst/app/oauth2/device/code", "/v2/inst/app/oauth2/token")
ORACLE = Rfc(
    HOST, "/oauth2/v1/device", "/oauth2/v1/token", "basic", "basic", start={"response_type": "device_code"}
)

ROWS = [
    GITHUB.row(
        "github",
        code=Says(
            200,
            "device_code=the%2Fdevice%2Bcode%3D%3D&user_code=ABCD+1234&expires_in=900&interval=5"
            "&verification_uri=https%3A%2F%2Fverify.example%2Fdevice",
        ),
        complete=None,
        lifetime=900,
        pending=says_error(200, "authorization_pending"),
        slow_down=says_error(200, "slow_down", interval=10),
        denied=says_error(200, "access_denied"),
        expired=says_error(200, "token_expired"),
        success=Says(
            200, "access_token=access-1&token_type=bearer&scope=read%2Cwrite&refresh_token=refresh-1"
        ),
    ),
    GOOGLE.row(
        "google",
        code=code_of(
            verification_uri=None,
            verification_url="https://verify.example/device",
            verification_uri_complete=None,
        ),
        complete=None,
        pending=says_error(428, "authorization_pending"),
        slow_down=says_error(403, "slow_down"),
        denied=says_error(403, "access_denied"),
    ),
    ENTRA.row(
        "entra",
        code=code_of(
            verification_uri_complete=None, expires_in=900, interval="5", message="To sign in, open …"
        ),
        complete=None,
        lifetime=900,
        pending=says_error(400, "authorization_pending", error_description="AADSTS70016: …"),
        slow_down=NEVER,
        denied=says_error(400, "authorization_declined"),
        document={
            "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0",
            "device_authorization_endpoint": "https://login.microsoftonline.com"
            "/common/oauth2/v2.0/devicecode",
            "token_endpoint": "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        },
        document_path="/common/v2.0/.well-known/openid-configuration",
    ),
    Rfc("acme.eu.auth0.com", "/oauth/device/code", "/oauth/token", start={"audience": "https://api/v1"}).row(
        "auth0",
        variables="domain=acme.eu.auth0.com,audience=https://api/v1",
        code=code_of(expires_in=900),
        lifetime=900,
        pending=says_error(403, "authorization_pending"),
        slow_down=says_error(429, "slow_down"),
        denied=says_error(403, "access_denied"),
        expired=says_error(403, "expired_token"),
    ),
    Rfc("acme.okta.com", "/oauth2/v1/device/authorize", "/oauth2/v1/token").row(
        "okta", variables="domain=acme.okta.com"
    ),
    Rfc("acme.okta.com", "/oauth2/apis/v1/device/authorize", "/oauth2/apis/v1/token").row(
        "okta-custom", variables="domain=acme.okta.com server=apis"
    ),
    Rfc("gitlab.com", "/oauth/authorize_device", "/oauth/token").row(
        "gitlab",
        code=code_of(expires_in=300),
        lifetime=300,
        denied=NEVER,
        document={
            "issuer": "https://gitlab.com",
            "token_endpoint": "https://gitlab.com/oauth/token",
            "grant_types_supported": [URN],
        },
        document_path="/.well-known/openid-configuration",
    ),
    DISCORD.row("discord", code=code_of(expires_in=300), lifetime=300),
    Rfc(
        "api.workos.com",
        "/user_management/authorize/device",
        "/user_management/authenticate",
        "basic",
        "basic",
    ).row("workos", success=Says(200, {**tokens_of(token_type=None).body, "user": {"id": "user_1"}})),  # type: ignore[dict-item]
    product("workos-connect", "/oauth2/device_authorization", "/oauth2/token"),
    described(product("clerk", "/oauth/device_authorization", "/oauth/token")),
    Rfc("huggingface.co", "/oauth/device", "/oauth/token").row(
        "huggingface",
        start=Ask("huggingface.co", "/oauth/device", {"client_id": CLIENT_ID}),
        code=code_of(verification_uri_complete=None, interval=None),
        complete=None,
        success=tokens_of(scope=None),
        scope=(),
    ),
    Rfc(
        "vercel.com", "/api/login/oauth/device-authorization", "/api/login/oauth/token", "basic", "basic"
    ).row("vercel"),
    Rfc("backboard.railway.com", "/oauth/device/auth", "/oauth/token").row(
        "railway", code=code_of(verification_uri_complete=None), complete=None
    ),
    Rfc("cilogon.org", "/oauth2/device_authorization", "/oauth2/token", "post", "post").row("cilogon"),
    Rfc("login.helmholtz.de", "/oauth2/device", "/oauth2/token", "basic", "basic").row(
        "helmholtz",
        document={
            "issuer": "https://login.helmholtz.de/oauth2",
            "device_authorization_endpoint": "https://login.helmholtz.de/oauth2/device",
            "token_endpoint": "https://login.helmholtz.de/oauth2/token",
        },
        document_path="/oauth2/.well-known/openid-configuration",
    ),
    HOME_CONNECT.row(
        "home-connect",
        refresh=Ask("api.home-connect.com", "/security/oauth/token", {**ROTATED, "client_secret": SECRET}),
    ),
    Row(
        name="zoom",
        has_secret=True,
        start=Ask("zoom.us", "/oauth/devicecode", {"client_id": CLIENT_ID}, body="query", basic=True),
        code=code_of(
            expires_in=900, verification_uri_complete="https://zoom.us/oauth/device/complete/ABCD1234"
        ),
        complete="https://zoom.us/oauth/device/complete/ABCD1234",
        lifetime=900,
        poll=Ask(
            "zoom.us",
            "/oauth/token",
            {"grant_type": URN, "device_code": DEVICE_CODE},
            body="query",
            basic=True,
        ),
        pending=says_error(400, "authorization_pending"),
        slow_down=says_error(400, "slow_down"),
        denied=says_error(400, "access_denied"),
        expired=says_error(400, "expired_token"),
        success=tokens_of(),
        refresh=Ask("zoom.us", "/oauth/token", ROTATED, body="query", basic=True),
    ),
    WEBEX.row(
        "webex",
        pending=Says(428, {"message": "Precondition Required", "trackingId": "1"}),
        slow_down=Says(429, ""),
        refresh=WEBEX.ask("/v1/access_token", ROTATED, "post"),
    ),
    BMW.row("bmw-cardata", code=code_of(expires_in=300), lifetime=300),
    ORACLE.row(
        "oracle-idcs",
        issuer=f"https://{HOST}",
        code=code_of(interval=None, verification_uri_complete=None),
        complete=None,
    ),
    ALIBABA.row(
        "alibaba-idaas",
        issuer=f"https://{HOST}",
        variables="instance=inst,application=app",
        code=code_of(expires_in=1200, expires_at=1790001200),
        lifetime=1200,
    ),
    COZE.row(
        "coze",
        start=COZE.ask("/api/permission/oauth2/device/code", {"scope": "read write"}, body="json"),
        code=code_of(verification_uri_complete=None),
        complete="https://verify.example/device?user_code=ABCD%201234",
        poll=COZE.ask(
            "/api/permission/oauth2/token", {"grant_type": URN, "device_code": DEVICE_CODE}, body="json"
        ),
        refresh=COZE.ask("/api/permission/oauth2/token", ROTATED, body="json"),
        success=tokens_of(token_type=None),
    ),
    TWITCH.row(
        "twitch",
        start=Ask("id.twitch.tv", "/oauth2/device", {"client_id": CLIENT_ID, "scopes": "read write"}),
        poll=TWITCH.ask(
            "/oauth2/token", {"grant_type": URN, "device_code": DEVICE_CODE, "scopes": "read write"}
        ),
        code=code_of(
            user_code=USER_CODE,
            verification_uri=TWITCH_PAGE,
            verification_uri_complete=None,
            expires_in=1800,
        ),
        page=TWITCH_PAGE,
        complete=TWITCH_PAGE,
        lifetime=1800,
        pending=Says(400, {"status": 400, "message": "authorization_pending"}),
        slow_down=NEVER,
        denied=NEVER,
        expired=Says(400, {"status": 400, "message": "invalid device code"}),
        denial_looks_expired=True,
        success=tokens_of(scope=["read", "write"]),
    ),
]
