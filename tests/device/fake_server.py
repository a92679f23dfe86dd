"""A small RFC 8628 server on a real socket, with the authorization code grant too.

It is for tests of whole commands, and for trying the device by hand:

    python tests/device/fake_server.py [--port 8629] [--expires-in 600] [--interval 1] [--lifetime 600]

It prints its issuer on the first line. POST requests to ``/-/`` act as the person, or break the server:

    curl -X POST localhost:8629/-/stage/opened        waiting, opened, signing_in, confirming, finishing
    curl -X POST localhost:8629/-/number/47           the device has to show this number
    curl -X POST localhost:8629/-/approve             deny, expire, revoke
    curl -X POST localhost:8629/-/pin/042             from now on an approval requires these digits
    curl -X POST localhost:8629/-/down                every response is 503; /-/up ends it
    curl -X POST localhost:8629/-/notice -d 'Lunch at 12'
    curl localhost:8629/-/seen                        the number of requests of each path

A replayed refresh token ends the sign-in at once, without a grace period: this reveals a device that
races itself.
"""

import argparse
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections import Counter
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

Json = dict[str, object]


class FakeServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, port: int = 0, *, expires_in: int = 600, interval: int = 1, lifetime: int = 600
    ) -> None:
        super().__init__(("127.0.0.1", port), Requests)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.expires_in, self.interval, self.lifetime = expires_in, interval, lifetime
        self.lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.decision = "authorization_pending"
        self.stage = "waiting"
        self.number: str | None = None
        self.capabilities: list[str] = []
        """What the device said that it can do."""
        self.device_code = ""
        self.user_code = "WDJB-MJHT"
        self.asked: dict[str, str] = {}
        """The parameters of the authorization request whose code is unused."""
        self.pushed: dict[str, str] = {}
        """The parameters of the last pushed authorization request."""
        self.refresh_token = ""
        self.access_tokens: set[str] = set()
        self.offers_browser = True
        """Whether the metadata has an authorization endpoint."""
        self.refuses_browser: bool | None = None
        """How a pushed authorization request is answered; None: requests can't be pushed."""
        self.down = False
        self.pin = ""
        self.wrong_pins = 0
        self.notices: list[Json] = []

    def tokens(self) -> Json:
        self.refresh_token = secrets.token_urlsafe(16)
        access_token = secrets.token_urlsafe(16)
        self.access_tokens.add(access_token)
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "refresh_token": self.refresh_token,
            "scope": "openid profile board:read",
        }

    def browser_metadata(self) -> Json:
        """The members of the metadata that are about a sign-in with a browser."""
        if not self.offers_browser:
            return {}
        pushed = {"pushed_authorization_request_endpoint": f"{self.issuer}/par"}
        return {
            **({} if self.refuses_browser is None else pushed),
            "authorization_endpoint": f"{self.issuer}/authorize",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def push(self, form: dict[str, str]) -> tuple[int, Json]:
        """The response to a pushed authorization request."""
        if self.refuses_browser:
            return 400, {"error": "unauthorized_client"}
        self.pushed = form
        return 201, {"request_uri": "urn:example:1", "expires_in": 60}

    def end_sign_in(self) -> None:
        self.refresh_token = ""
        self.access_tokens.clear()

    def person(self, action: str, body: str = "") -> None:
        """Act as the person, or break the server."""
        with self.lock:
            status, _ = self.control(action, body)
        assert status == 200, action

    def seen(self, path: str) -> int:
        """How many requests ``path`` received."""
        with self.lock:
            return self.counts[path]

    def control(self, action: str, body: str) -> tuple[int, Json]:
        match action.split("/"):
            case ["seen"]:
                return 200, dict(self.counts)
            case ["stage", stage]:
                self.stage, self.number = stage, None
            case ["number", number]:
                self.stage, self.number = "matching_number", number
            case ["approve" | "deny" | "expire" as decision]:
                errors = {"deny": "access_denied", "expire": "expired_token"}
                self.decision = errors.get(decision, "approve")
            case ["pin", digits]:
                self.pin = digits
            case ["revoke"]:
                self.end_sign_in()
            case ["forget-access"]:
                self.access_tokens.clear()
            case ["down" | "up" as state]:
                self.down = state == "down"
            case ["notice"]:
                self.notices.insert(0, {"id": secrets.token_hex(4), "text": body, "created_at": time.time()})
            case _:
                return 404, {}
        return 200, {}


class Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeServer

    def do_GET(self) -> None:
        self.respond()

    def do_POST(self) -> None:
        self.respond()

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path = self.path.partition("?")[0]
        with self.server.lock:
            self.server.counts[path] += 1
            if path.startswith("/-/"):
                status, members = self.server.control(path.removeprefix("/-/"), body)
            elif self.server.down:
                status, members = 503, {"error": "temporarily_unavailable"}
            else:
                form = {name: values[0] for name, values in parse_qs(body).items()}
                status, members = self.route(path, form) if path != "/echo" else self.echo(body)
        self.send(status, members)

    def route(self, path: str, form: dict[str, str]) -> tuple[int, Json]:
        server = self.server
        match path:
            case "/.well-known/oauth-authorization-server" | "/.well-known/openid-configuration":
                return 200, {
                    **server.browser_metadata(),
                    "issuer": server.issuer,
                    "token_endpoint": f"{server.issuer}/token",
                    "device_authorization_endpoint": f"{server.issuer}/device_authorization",
                    "revocation_endpoint": f"{server.issuer}/revoke",
                    "userinfo_endpoint": f"{server.issuer}/userinfo",
                    "protected_resources": [f"{server.issuer}/board"],
                }
            case "/device_authorization" if form.get("client_id") != "lobby-tv":
                return 401, {"error": "invalid_client"}
            case "/device_authorization":
                server.decision, server.stage, server.number = "authorization_pending", "waiting", None
                server.device_code = secrets.token_urlsafe(16)
                server.capabilities = form.get("device_capabilities", "").split()
                proof = {"proof_key": "A" * 43} if "fresh_scan" in server.capabilities else {}
                return 200, {
                    **proof,
                    "device_code": server.device_code,
                    "user_code": server.user_code,
                    "verification_uri": f"{server.issuer}/device",
                    "verification_uri_complete": f"{server.issuer}/D/WDJBMJHT",
                    "expires_in": server.expires_in,
                    "interval": server.interval,
                }
            case "/par" | "/authorize":
                return server.push(form) if path == "/par" else (303, {"location": self.authorized()})
            case "/token":
                return self.token(form)
            case "/revoke":
                server.end_sign_in()
                return 200, {}
            case "/userinfo" if self.is_authorized():
                return 200, {"sub": "1", "name": "Ada Lovelace", "preferred_username": "ada"}
            case "/board/notices" if self.is_authorized():
                return 200, {"notices": server.notices}
            case "/userinfo" | "/board/notices":
                return 401, {"error": "invalid_token"}
        return 404, {"error": "not_found"}

    def echo(self, body: str) -> tuple[int, Json]:
        return 200, {"content_type": self.headers.get("Content-Type"), "body": body}

    def authorized(self) -> str:
        """The redirect of the browser, with a code unless the person denies."""
        server = self.server
        sent = {name: values[0] for name, values in parse_qs(self.path.partition("?")[2]).items()}
        asked = server.pushed if "request_uri" in sent else sent
        server.asked = {**asked, "code": secrets.token_urlsafe(16)}
        response = (
            {"error": "access_denied"}
            if server.decision == "access_denied"
            else {"code": server.asked["code"]}
        )
        query = urlencode({**response, "state": server.asked["state"], "iss": server.issuer})
        return f"{server.asked['redirect_uri']}?{query}"

    def redeemed(self, form: dict[str, str]) -> tuple[int, Json]:
        asked, self.server.asked = self.server.asked, {}
        hashed = sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(hashed).decode().rstrip("=")
        if form.get("code") != asked.get("code", "-") or challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.server.issuer,
            "aud": form["client_id"],
            "nonce": asked.get("nonce"),
            "sub": "1",
        }
        id_token = f"e30.{urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"
        return 200, {**self.server.tokens(), "id_token": id_token}

    def token(self, form: dict[str, str]) -> tuple[int, Json]:
        server = self.server
        if form.get("grant_type") == "refresh_token":
            if not server.refresh_token or form.get("refresh_token") != server.refresh_token:
                server.end_sign_in()
                return 400, {"error": "invalid_grant"}
            return 200, server.tokens()
        if form.get("grant_type") == "authorization_code":
            return self.redeemed(form)
        if form.get("device_code") != server.device_code:
            return 400, {"error": "invalid_grant"}
        if server.decision == "approve" and server.pin and form.get("return_pin") != server.pin:
            server.wrong_pins += "return_pin" in form
            if server.wrong_pins > 2:
                return 400, {"error": "access_denied"}
            return 400, {"error": "authorization_pending", "pairing_stage": "entering_pin"}
        if server.decision == "approve":
            return 200, server.tokens()
        return 400, {"error": server.decision, "pairing_stage": server.stage, "number": server.number}

    def is_authorized(self) -> bool:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return scheme == "Bearer" and token in self.server.access_tokens

    def send(self, status: int, members: Json) -> None:
        body = json.dumps(members).encode()
        self.send_response(status)
        if status == 303:
            self.send_header("Location", str(members["location"]))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--expires-in", type=int, default=600)
    parser.add_argument("--interval", type=int, default=1)
    parser.add_argument("--lifetime", type=int, default=600)
    given = parser.parse_args()
    server = FakeServer(
        given.port, expires_in=given.expires_in, interval=given.interval, lifetime=given.lifetime
    )
    print(server.issuer, flush=True)  # noqa: T201 - the caller reads this
    server.serve_forever()


if __name__ == "__main__":
    main()
