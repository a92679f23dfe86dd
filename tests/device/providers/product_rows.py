"""Identity servers that people install: how each behaves, from the sources that its preset names."""

from tests.device.providers.provider_row import (
    DEVICE_CODE,
    Ask,
    Rfc,
    Row,
    code_of,
    says_error,
    tokens_of,
)

HOST = "sso.example"
NEVER = None


def product(name: str, device: str, token: str, issuer: str = f"https://{HOST}", **changes: object) -> Row:
    return Rfc(HOST, device, token, "basic", "basic").row(name, issuer=issuer, **changes)


def described(row: Row, path: str = "", **members: str) -> Row:
    """``row`` with metadata that name its endpoints: its preset doesn't."""
    document = {
        "issuer": row.issuer,
        "device_authorization_endpoint": f"https://{HOST}{row.start.path}",
        "token_endpoint": f"https://{HOST}{row.poll.path}",
        **members,
    }
    return row.but(document=document, document_path=f"{path}/.well-known/openid-configuration")


REALM = "/realms/main/protocol/openid-connect"
POSTED = Rfc(HOST, "/dex/device/code", "/dex/token", "post", "post")
BODY_ONLY = Rfc(HOST, "/application/o/device/", "/application/o/token/", "", "basic")

ROWS = [
    product(
        "keycloak",
        f"{REALM}/auth/device",
        f"{REALM}/token",
        f"https://{HOST}/realms/main",
    ),
    POSTED.row(
        "dex",
        issuer=f"https://{HOST}/dex",
        pending=says_error(401, "authorization_pending"),  # until July 2025
        slow_down=says_error(401, "slow_down"),
        denied=NEVER,
    ),
    product("zitadel", "/oauth/v2/device_authorization", "/oauth/v2/token", slow_down=NEVER),
    BODY_ONLY.row("authentik", issuer=f"https://{HOST}/application/o/lobby/", slow_down=NEVER, denied=NEVER),
    product("authelia", "/api/oidc/device-authorization", "/api/oidc/token"),
    product("hydra", "/oauth2/device/auth", "/oauth2/token", code=code_of(expires_in=900), lifetime=900),
    product("oidc-provider", "/device/auth", "/token", code=code_of(interval=None), slow_down=NEVER),
    product(
        "logto",
        "/oidc/device/auth",
        "/oidc/token",
        f"https://{HOST}/oidc",
        code=code_of(interval=None),
        slow_down=NEVER,
    ),
    described(
        product(
            "openiddict", "/connect/device", "/connect/token", code=code_of(interval=None), slow_down=NEVER
        )
    ),
    product(
        "duende",
        "/connect/deviceauthorization",
        "/connect/token",
        code=code_of(expires_in=300),
        lifetime=300,
    ),
    product(
        "wso2",
        "/oauth2/device_authorize",
        "/oauth2/token",
        f"https://{HOST}/oauth2/token",
        pending=says_error(400, "invalid_grant"),
        slow_down=NEVER,
        denied=NEVER,
    ),
    Rfc("api.asgardeo.io", "/t/acme/oauth2/device_authorize", "/t/acme/oauth2/token", "basic", "basic").row(
        "asgardeo", variables="organization=acme", code=code_of(interval=5000)
    ),
    Rfc(
        HOST,
        "/am/oauth2/device/code",
        "/am/oauth2/access_token",
        "basic",
        "basic",
        start={"response_type": "device_code"},
    ).row(
        "pingam",
        issuer=f"https://{HOST}/am/oauth2",
        code=code_of(verification_uri=None, verification_url="https://verify.example/device"),
        pending=says_error(403, "authorization_pending"),
    ),
    Rfc(
        HOST,
        "/openam/oauth2/device/code",
        "/openam/oauth2/access_token",
        "basic",
        "basic",
        start={"response_type": "device_code"},
    ).row(
        "openam",
        issuer=f"https://{HOST}/openam/oauth2",
        code=code_of(verification_uri_complete=None),
        complete=None,
        pending=says_error(403, "authorization_pending"),
        denied=says_error(403, "authorization_declined"),
        expired=says_error(401, "expired_token"),
    ),
    product("pingfederate", "/as/device_authz.oauth2", "/as/token.oauth2"),
    product("pingone", "/env/as/device_authorization", "/env/as/token", f"https://{HOST}/env/as"),
    product("fusionauth", "/oauth2/device_authorize", "/oauth2/token"),
    Rfc("login.tado.com", "/oauth2/device_authorize", "/oauth2/token").row("tado"),
    product(
        "matrix-mas",
        "/oauth2/device",
        "/oauth2/token",
        code=code_of(expires_in=1200, verification_uri_complete=None),
        lifetime=1200,
        complete=None,
        pending=says_error(403, "authorization_pending"),
        slow_down=NEVER,
        denied=says_error(403, "access_denied"),
        expired=says_error(403, "expired_token"),
    ),
    product(
        "indigo-iam",
        "/devicecode",
        "/token",
        code=code_of(interval=None, expires_in=None),
        slow_down=NEVER,
        denied=NEVER,
    ),
    product("spring", "/oauth2/device_authorization", "/oauth2/token", slow_down=NEVER),
    described(
        product(
            "rauthy",
            "/auth/v1/oidc/device",
            "/auth/v1/oidc/token",
            f"https://{HOST}/auth/v1",
            code=code_of(expires_in=300),
            lifetime=300,
        ),
        "/auth/v1",
    ),
    product("kanidm", "/oauth2/device", "/oauth2/token", f"https://{HOST}/oauth2/openid/lobby"),
    product(
        "django-oauth-toolkit",
        "/o/device-authorization/",
        "/o/token/",
        f"https://{HOST}/o",
        slow_down=NEVER,
    ),
    product(
        "django-allauth",
        "/identity/o/api/device/code",
        "/identity/o/api/token",
        code=code_of(expires_in=300),
        lifetime=300,
    ),
    Row(
        name="better-auth",
        issuer=f"https://{HOST}/api/auth",
        start=Ask(
            HOST, "/api/auth/device/code", {"client_id": "the-client", "scope": "read write"}, body="json"
        ),
        code=code_of(),
        poll=Ask(
            HOST,
            "/api/auth/device/token",
            {
                "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
                "device_code": DEVICE_CODE,
                "client_id": "the-client",
            },
            body="json",
        ),
        pending=says_error(400, "authorization_pending"),
        slow_down=says_error(400, "slow_down"),
        denied=says_error(400, "access_denied"),
        expired=says_error(400, "expired_token"),
        success=tokens_of(refresh_token=None),
        refresh=None,
        refresh_token=None,
    ),
    described(product("janssen", "/jans-auth/restv1/device_authorization", "/jans-auth/restv1/token")),
]
