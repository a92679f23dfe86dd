"""CORS: a browser application may call what uses no cookie; pages are closed to other origins."""

import pytest

from tests.pages.site_under_test import Browser

ORIGIN = "https://app.example"
OPEN = [
    ("/.well-known/openid-configuration", "GET"),
    ("/.well-known/oauth-authorization-server", "GET"),
    ("/.well-known/oauth-protected-resource/board", "GET"),
    ("/jwks", "GET"),
    ("/token", "POST"),
    ("/device_authorization", "POST"),
    ("/par", "POST"),
    ("/revoke", "POST"),
    ("/introspect", "POST"),
    ("/register", "POST"),
    ("/userinfo", "GET"),
    ("/userinfo", "POST"),
    ("/board/notices", "GET"),
    ("/board/notices", "POST"),
    ("/board/notices/n1", "DELETE"),
]
CLOSED = ["/", "/device", "/signin", "/devices", "/board", "/authorize", "/logout"]


def allowed(header: str) -> set[str]:
    return {name.strip().lower() for name in header.split(",")}


@pytest.mark.parametrize(("path", "method"), OPEN)
async def test_preflight_of_an_endpoint_without_cookies_allows_every_origin(
    browser: Browser, path: str, method: str
) -> None:
    asked = {
        "origin": ORIGIN,
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type,dpop,if-none-match,prefer",
    }
    response = await browser.http.options(path, headers=asked)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == "*"
    assert method.lower() in allowed(response.headers["access-control-allow-methods"])
    wanted = {"authorization", "content-type", "dpop", "if-none-match", "prefer"}
    assert wanted <= allowed(response.headers["access-control-allow-headers"])
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(("path", "method"), OPEN)
async def test_response_and_error_can_be_read_by_every_origin(
    browser: Browser, path: str, method: str
) -> None:
    response = await browser.http.request(method, path, headers={"origin": ORIGIN})
    assert response.headers["access-control-allow-origin"] == "*"
    exposed = allowed(response.headers["access-control-expose-headers"])
    assert {"www-authenticate", "dpop-nonce", "retry-after", "preference-applied"} <= exposed
    assert {"date", "etag", "x-request-id"} <= exposed
    assert "access-control-allow-credentials" not in response.headers
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_pages_are_closed_to_other_origins(browser: Browser, path: str, method: str) -> None:
    asked = {"origin": ORIGIN, "access-control-request-method": "POST"}
    response = await browser.http.request(method, path, headers=asked)
    assert not [name for name in response.headers if name.startswith("access-control")]


async def test_cached_document_is_readable_whoever_fetched_it_first(browser: Browser) -> None:
    response = await browser.http.get("/jwks")
    assert response.headers["access-control-allow-origin"] == "*"


async def test_request_without_an_origin_gets_no_cors_headers(browser: Browser) -> None:
    response = await browser.http.post("/token")
    assert not [name for name in response.headers if name.startswith("access-control")]


async def test_options_without_a_preflight_is_405(browser: Browser) -> None:
    response = await browser.http.options("/token", headers={"origin": ORIGIN})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
