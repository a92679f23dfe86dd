"""An OpenID provider that a test controls, for ``httpx.MockTransport`` or on a port.

python tests/fake_provider.py --port 8630        it signs in as the subject in the path: /authorize/SUBJECT
"""

import argparse
import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

ISSUER = "https://accounts.example"
CLIENT_ID = "pairgrant"

ProviderResponse = tuple[int, dict[str, str], bytes]


@dataclass
class FakeProvider:
    """``changes`` go into the next ID tokens (None removes a claim); ``instead`` has responses by path."""

    issuer: str = ISSUER
    clock: Callable[[], float] = time.time
    subject: str = "248289"
    client_secret: str | None = None
    key: Any = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1"}))
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "ES256", "kid": "k1"})
    profile: dict[str, Any] = field(default_factory=lambda: {"preferred_username": "zoe", "name": "Zoë Z."})
    userinfo: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    instead: dict[str, Any] = field(default_factory=dict)
    forge: Callable[[dict[str, Any]], str] | None = None
    """Makes the ID token of its claims, in the place of an honest signature."""
    asked: list[str] = field(default_factory=list)
    wanted: dict[str, str] = field(default_factory=dict)
    """The parameters of the last authorization request."""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def metadata(self) -> dict[str, Any]:
        known = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            **self.discovery,
        }
        return {name: value for name, value in known.items() if value is not None}

    def authorize(self, uri: str, **changes: str | None) -> str:
        """Sign in and return the redirect; ``changes`` go into the response, None removes a parameter."""
        self.wanted = dict(parse_qsl(urlsplit(uri).query))
        code = secrets.token_urlsafe(16)
        self._codes[code] = self.wanted
        response = {"code": code, "state": self.wanted["state"], "iss": self.issuer, **changes}
        query = urlencode({name: value for name, value in response.items() if value is not None})
        return f"{self.wanted['redirect_uri']}?{query}"

    def respond(self, method: str, uri: str, headers: dict[str, str], body: bytes) -> ProviderResponse:
        path = urlsplit(uri).path.removeprefix(urlsplit(self.issuer).path)
        self.asked.append(path)
        if path in self.instead:
            response: ProviderResponse = self.instead[path]
            return response
        if path == "/.well-known/openid-configuration":
            return _json(self.metadata())
        if path == "/jwks":
            return _json({"keys": [self.key.as_dict(private=False)]})
        if path == "/token" and method == "POST":
            return self._token(headers, dict(parse_qsl(body.decode())))
        if path == "/userinfo" and headers.get("authorization") == "Bearer the access token":
            return _json({"sub": self.subject, **self.userinfo})
        if path == "/authorize":
            return 303, {"location": self.authorize(uri)}, b""
        return 404, {}, b""

    def connect(self) -> httpx.AsyncClient:
        def handle(request: httpx.Request) -> httpx.Response:
            status, headers, body = self.respond(
                request.method, str(request.url), dict(request.headers), request.content
            )
            return httpx.Response(status, headers=headers, content=body)

        return httpx.AsyncClient(transport=httpx.MockTransport(handle))

    def _token(self, headers: dict[str, str], form: dict[str, str]) -> ProviderResponse:
        if not self._is_client(headers, form):
            return _json({"error": "invalid_client"}, 401)
        asked = self._codes.pop(form["code"], None)
        verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if asked is None or (asked["code_challenge"], asked["redirect_uri"]) != (
            challenge,
            form["redirect_uri"],
        ):
            return _json({"error": "invalid_grant"}, 400)
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.profile,
            **self.changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        id_token = jwt.encode(self.header, claims, self.key) if self.forge is None else self.forge(claims)
        return _json({"access_token": "the access token", "token_type": "Bearer", "id_token": id_token})

    def _is_client(self, headers: dict[str, str], form: dict[str, str]) -> bool:
        if self.client_secret is None:
            return form.get("client_id") == CLIENT_ID
        if form.get("client_secret") == self.client_secret:
            return form.get("client_id") == CLIENT_ID
        scheme, _, pair = headers.get("authorization", "").partition(" ")
        presented = base64.b64decode(pair).decode().partition(":")
        return scheme == "Basic" and (unquote_plus(presented[0]), unquote_plus(presented[2])) == (
            CLIENT_ID,
            self.client_secret,
        )


def _json(members: dict[str, Any], status: int = 200) -> ProviderResponse:
    return status, {"content-type": "application/json"}, json.dumps(members).encode()


def serve(port: int) -> None:
    provider = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said, content = provider.respond(self.command, provider.issuer + self.path, headers, body)
            self.send_response(status)
            for name, value in {**said, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _respond  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        print(provider.issuer, flush=True)  # noqa: T201 - the starting process waits for this
        server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    serve(parser.parse_args().port)
