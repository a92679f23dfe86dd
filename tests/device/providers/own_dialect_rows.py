"""Services with a dialect of their own: how each behaves, from the sources that its preset names."""

from tests.device.providers.product_rows import NEVER
from tests.device.providers.provider_row import (
    CLIENT_ID,
    DEVICE_CODE,
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

ROTATED = {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
PAGE = "https://verify.example/device"
LINK = f"{PAGE}/ABCD%201234"
URL_ONLY = {"verification_uri": None, "verification_url": PAGE, "verification_uri_complete": None}
GRAPH = "graph.facebook.com"
PAIR = f"{CLIENT_ID}|{SECRET}"

AMAZON = Rfc("api.amazon.com", "/auth/o2/create/codepair", "/auth/o2/token", "", "", "post")
HUAWEI = Rfc("oauth-login.cloud.huawei.com", "/oauth2/v3/device/code", "/oauth2/v3/token", "", "post")
TIDAL = Rfc("auth.tidal.com", "/v1/oauth2/device_authorization", "/v1/oauth2/token", "", "post")
SALESFORCE = Rfc("login.salesforce.com", "/services/oauth2/token", "/services/oauth2/token", "", "post")
YANDEX = Rfc("oauth.yandex.ru", "/device/code", "/token", "", "post")
BAIDU = Rfc("openapi.baidu.com", "/oauth/2.0/device/code", "/oauth/2.0/token", "", "post")
DEBRID_LINK = Rfc("debrid-link.com", "/api/oauth/device/code", "/api/oauth/token")
PREMIUMIZE = Rfc("www.premiumize.me", "/token", "/token", start={"response_type": "device_code"})
TRAKT_KEYS = {"client_id": CLIENT_ID, "client_secret": SECRET}


def subcode(code: int, subcode: int) -> Says:
    error = {"message": "…", "type": "OAuthException", "code": code, "error_subcode": subcode}
    return Says(400, {"error": error})


ROWS = [
    AMAZON.row(
        "amazon",
        start=AMAZON.ask("/auth/o2/create/codepair", {"response_type": "device_code", "scope": "read write"}),
        code=code_of(verification_uri_complete=None, interval=30),
        complete=None,
        interval=30,
        poll=Ask(
            "api.amazon.com",
            "/auth/o2/token",
            {"grant_type": "device_code", "device_code": DEVICE_CODE, "user_code": USER_CODE},
        ),
        denied=NEVER,
    ),
    HUAWEI.row(
        "huawei",
        code=code_of(**URL_ONLY, expires_in=None, expire_in=600),
        page=f"{PAGE}?user_code=ABCD%201234",
        complete=f"{PAGE}?user_code=ABCD%201234",
        poll=HUAWEI.ask("/oauth2/v3/token", {"grant_type": "device_code", "code": DEVICE_CODE}, "post"),
        pending=Says(400, {"error": 1101, "sub_error": 20411, "error_description": "authorization pending"}),
        slow_down=NEVER,
        denied=Says(400, {"error": 1101, "sub_error": 20414}),
        expired=Says(400, {"error": 1101, "sub_error": "20404"}),
    ),
    Row(
        name="zoho",
        has_secret=True,
        variables="dc=eu",
        start=Ask(
            "accounts.zoho.eu",
            "/oauth/v3/device/code",
            {
                "grant_type": "device_request",
                "client_id": CLIENT_ID,
                "scope": "read,write",
                "access_type": "offline",
            },
            body="query",
        ),
        code=code_of(**URL_ONLY, expires_in=None, interval=None),
        complete=None,
        lifetime=300,
        interval=30,
        poll=Ask(
            "accounts.zoho.eu",
            "/oauth/v3/device/token",
            {"grant_type": "device_token", "code": DEVICE_CODE, **TRAKT_KEYS},
            body="query",
        ),
        pending=says_error(200, "authorization_pending"),
        slow_down=says_error(200, "slow_down"),
        denied=says_error(200, "access_denied"),
        expired=says_error(200, "expired"),
        success=tokens_of(token_type=None),
        refresh=Ask("accounts.zoho.eu", "/oauth/v2/token", {**ROTATED, **TRAKT_KEYS}),
    ),
    Row(
        name="facebook",
        has_secret=True,
        variables="version=v21.0",
        start=Ask(GRAPH, "/v21.0/device/login", {"access_token": PAIR, "scope": "read,write"}),
        code=code_of(device_code=None, code=DEVICE_CODE, verification_uri_complete=None),
        complete=None,
        poll=Ask(GRAPH, "/v21.0/device/login_status", {"access_token": PAIR, "code": DEVICE_CODE}),
        pending=subcode(31, 1349174),
        slow_down=subcode(17, 1349172),
        denied=NEVER,
        expired=subcode(463, 1349152),
        success=Says(200, {"access_token": "access-1", "expires_in": 5183996}),
        refresh=None,
        refresh_token=None,
    ),
    Row(
        name="trakt",
        has_secret=True,
        start=Ask("api.trakt.tv", "/oauth/device/code", {"client_id": CLIENT_ID}, body="json"),
        code=code_of(**URL_ONLY),
        complete=LINK,
        poll=Ask("api.trakt.tv", "/oauth/device/token", {"code": DEVICE_CODE, **TRAKT_KEYS}, body="json"),
        pending=Says(400),
        slow_down=Says(429),
        denied=Says(418),
        expired=Says(410),
        success=tokens_of(expires_in=604800),
        refresh=Ask("api.trakt.tv", "/oauth/token", {**ROTATED, **TRAKT_KEYS}, body="json"),
    ),
    TIDAL.row(
        "tidal",
        code=Says(
            200,
            {
                "deviceCode": DEVICE_CODE,
                "userCode": USER_CODE,
                "verificationUri": "verify.example",
                "verificationUriComplete": "verify.example/ABCD1234",
                "expiresIn": 300,
                "interval": 2,
            },
        ),
        page="https://verify.example",
        complete="https://verify.example/ABCD1234",
        lifetime=300,
        interval=2,
        poll=TIDAL.ask(
            "/v1/oauth2/token",
            {"grant_type": URN, "device_code": DEVICE_CODE, "scope": "read write"},
            "post",
        ),
        pending=Says(400, {"status": 400, "sub_status": 1002, "userMessage": "…"}),
        expired=says_error(400, "expired_token", sub_status=11003),
    ),
    SALESFORCE.row(
        "salesforce",
        start=SALESFORCE.ask(
            "/services/oauth2/token", {"response_type": "device_code", "scope": "read write"}
        ),
        code=code_of(verification_uri_complete=None, expires_in=None),
        complete=None,
        poll=SALESFORCE.ask("/services/oauth2/token", {"grant_type": "device", "code": DEVICE_CODE}, "post"),
        success=tokens_of(instance_url="https://acme.my.salesforce.com", expires_in=None),
    ),
    YANDEX.row("yandex", code=code_of(**URL_ONLY), complete=None),
    BAIDU.row(
        "baidu",
        start=Ask(
            "openapi.baidu.com",
            "/oauth/2.0/device/code",
            {"response_type": "device_code", "client_id": CLIENT_ID, "scope": "read,write"},
            method="GET",
            body="query",
        ),
        code=code_of(**URL_ONLY, qrcode_url="https://verify.example/qr.png", expires_in=1800),
        complete=None,
        lifetime=1800,
        poll=BAIDU.ask("/oauth/2.0/token", {"grant_type": "device_token", "code": DEVICE_CODE}, "post"),
        success=tokens_of(token_type=None, session_key="…"),
    ),
    DEBRID_LINK.row(
        "debrid-link",
        code=code_of(**URL_ONLY),
        complete=LINK,
        poll=DEBRID_LINK.ask("/api/oauth/token", {"grant_type": URN, "code": DEVICE_CODE}),
    ),
    PREMIUMIZE.row(
        "premiumize",
        poll=PREMIUMIZE.ask("/token", {"grant_type": "device_code", "code": DEVICE_CODE}),
        success=tokens_of(refresh_token=None),
        refresh=None,
        refresh_token=None,
    ),
    Row(
        name="alldebrid",
        start=Ask("api.alldebrid.com", "/v4.1/pin/get", {}, method="GET", body="query"),
        code=Says(
            200,
            {
                "status": "success",
                "data": {
                    "pin": "PIN4",
                    "check": DEVICE_CODE,
                    "base_url": PAGE,
                    "user_url": f"{PAGE}?pin=PIN4",
                    "expires_in": 600,
                },
            },
        ),
        complete=f"{PAGE}?pin=PIN4",
        poll=Ask("api.alldebrid.com", "/v4/pin/check", {"pin": "PIN4", "check": DEVICE_CODE}),
        pending=Says(200, {"status": "success", "data": {"activated": False}}),
        slow_down=NEVER,
        denied=NEVER,
        expired=NEVER,
        success=Says(200, {"status": "success", "data": {"activated": True, "apikey": "access-1"}}),
        refresh=None,
        refresh_token=None,
    ),
    Row(
        name="putio",
        start=Ask("api.put.io", "/v2/oauth2/oob/code", {"app_id": CLIENT_ID}, method="GET", body="query"),
        code=Says(200, {"status": "OK", "code": "PIN4", "qr_code_url": "https://verify.example/qr.png"}),
        page="https://put.io/link",
        complete=None,
        lifetime=300,
        poll=Ask("api.put.io", "/v2/oauth2/oob/code/PIN4", {}, method="GET", body="query"),
        pending=Says(200, {"status": "OK", "oauth_token": None}),
        slow_down=NEVER,
        denied=NEVER,
        expired=Says(404, {"status": "ERROR", "error_type": "code_not_found"}),
        success=Says(200, {"status": "OK", "oauth_token": "access-1"}),
        refresh=None,
        refresh_token=None,
    ),
    Row(
        name="simkl",
        start=Ask("api.simkl.com", "/oauth/pin", {"client_id": CLIENT_ID}, method="GET", body="query"),
        code=Says(
            200,
            {
                "result": "OK",
                "device_code": "DEVICE_CODE",
                "user_code": "PIN4",
                "verification_url": PAGE,
                "expires_in": 900,
                "interval": 5,
            },
        ),
        complete=None,
        lifetime=900,
        poll=Ask("api.simkl.com", "/oauth/pin/PIN4", {"client_id": CLIENT_ID}, method="GET", body="query"),
        pending=Says(200, {"result": "KO", "message": "Authorization pending"}),
        slow_down=NEVER,
        denied=NEVER,
        expired=NEVER,
        success=Says(200, {"result": "OK", "access_token": "access-1"}),
        refresh=None,
        refresh_token=None,
    ),
]
