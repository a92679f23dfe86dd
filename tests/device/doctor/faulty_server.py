"""A correct RFC 8628 server on a real socket, with a switch for each fault that the doctor looks for.

A fault is named after the check that finds it; ``:`` separates several faults of one check.
"""

import json
import re
import secrets
import threading
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote_plus, urlsplit

Pairs = list[tuple[str, str]]
URN = "urn:ietf:params:oauth:grant-type:device_code"
SECRET = "a secret of the office: %+"
CLIENTS = {"lobby-tv": None, "other-tv": None, "office": SECRET}
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
LIFE, INTERVAL = 600, 5
MOST_GUESSES = 10
HOSTILE = "\x1b[2J\u202e<script>alert(1)</script>]]>\n"


@dataclass
class Code:
    client: str
    device_code: str
    user_code: str
    issued_at: float
    decision: str = "authorization_pending"
    polled_at: float | None = None
    interval: float = INTERVAL
    access_token: str = ""
    refresh_token: str = ""
    is_dead: bool = False


@dataclass
class Reply:
    status: int
    members: dict[str, object] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    page: str | None = None
    content_type: str = "application/json"


def refusal(error: str, status: int = 400) -> Reply:
    return Reply(status, {"error": error})


class FaultyServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, now: Callable[[], float], *faults: str) -> None:
        super().__init__(("127.0.0.1", 0), FaultyRequests)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.now = now
        self.faults = {*faults}
        self.lock = threading.Lock()
        self.codes: list[Code] = []
        self.guesses = 0
        self.changes: dict[str, object] = {}
        """Members of the device authorization response that are replaced."""
        self.odd: dict[str, object] = {}
        """A part of a path -> the value of every member of its responses."""
        self.counts: Counter[str] = Counter()

    def has(self, fault: str) -> bool:
        """Whether a fault is switched on, in any of its forms."""
        return any(one.partition(":")[0] == fault for one in self.faults)

    # What the person does.

    def decide(self, decision: str, user_code: str) -> str:
        """Approve or deny; "" for success."""
        with self.lock:
            code = next((code for code in self.codes if code.user_code == user_code), None)
            is_late = code is not None and self.now() > code.issued_at + LIFE
            if code is None or (is_late and not self.has("expiry.late-approval")):
                return "no such code"
            if code.decision != "authorization_pending" and not self.has("decision.one"):
                return "decided before"
            if "decision.one:late-tokens" in self.faults and code.decision != "authorization_pending":
                code.decision = "access_denied then tokens"
                return ""
            code.decision = "approve" if decision == "approve" else "access_denied"
            return ""

    # The documents.

    def document(self, path: str) -> Reply:
        if self.has("discovery.document"):
            return refusal("not_found", 404)
        issuer = "https://another.example" if self.has("discovery.issuer") else self.issuer
        if "discovery.issuer:slash" in self.faults:
            issuer = f"{self.issuer}/"
        is_openid = path.endswith("openid-configuration")
        members: dict[str, object] = {
            "issuer": issuer,
            "device_authorization_endpoint": f"{self.issuer}/device_authorization",
            "token_endpoint": f"{self.issuer}/token",
            "authorization_endpoint": f"{self.issuer}/authorize",
            "introspection_endpoint": f"{self.issuer}/introspect",
            "grant_types_supported": ["authorization_code", "refresh_token", URN],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "dpop_signing_alg_values_supported": ["ES256"],
        }
        grants = ["authorization_code", URN]
        localhost = f"http://localhost:{self.server_address[1]}"
        changes: dict[str, dict[str, object]] = {
            "discovery.agreement": {"token_endpoint": f"{self.issuer}/{'a' if is_openid else 'b'}"},
            "discovery.endpoints": {"device_authorization_endpoint": None},
            "discovery.secure-endpoints": {"jwks_endpoint": "http://pair.example/keys"},
            "discovery.secure-endpoints:fragment": {"jwks_endpoint": f"{self.issuer}/keys#a"},
            "discovery.same-origin": {"token_endpoint": f"{localhost}/token"},
            "discovery.grant-type": {"grant_types_supported": ["authorization_code"]},
            "discovery.grant-type:missing": {"grant_types_supported": None},
            "grants.password-listed": {"grant_types_supported": [*grants, "password"]},
            "grants.implicit-listed": {"response_types_supported": ["code", "token"]},
            "grants.implicit-listed:grant": {
                "response_types_supported": None,
                "grant_types_supported": [*grants, "implicit"],
            },
            "grants.pkce": {"code_challenge_methods_supported": None},
            "grants.pkce:plain": {"code_challenge_methods_supported": ["S256", "plain"]},
            "grants.iss": {"authorization_response_iss_parameter_supported": False},
            "tokens.sender-constrained": {"dpop_signing_alg_values_supported": None},
        }
        for fault, change in changes.items():
            if fault in self.faults:
                members |= change
        kind = "text/plain" if self.has("discovery.content-type") else "application/json"
        present = {name: value for name, value in members.items() if value is not None}
        return Reply(200, present, content_type=kind)

    # The device authorization endpoint.

    def client_of(self, form: Pairs, authorization: str) -> tuple[str, Reply | None]:
        """The identified client, or the refusal."""
        given = dict(form)
        name, secret = given.get("client_id", ""), given.get("client_secret")
        if authorization.startswith("Basic "):
            pair = b64decode(authorization[6:]).decode().partition(":")
            name, secret = unquote_plus(pair[0]), unquote_plus(pair[2])
        if not name:
            return "", refusal("invalid_request")
        if name not in CLIENTS or CLIENTS[name] != secret:
            return "", refusal("invalid_client", 401)
        return name, None

    def start(self, form: Pairs, kind: str, authorization: str) -> Reply:
        form = [] if self.has("start.missing-client") and not form else form
        if refused := self.refused_start(form, kind, authorization):
            return refused
        client, _ = self.client_of(form, authorization)
        client = client or "lobby-tv"
        code = self.new_code(client)
        if not self.has("codes.distinct") or not self.codes:
            self.codes.append(code)
        else:
            code = self.codes[0]
        return self.start_response(code)

    def refused_start(self, form: Pairs, kind: str, authorization: str) -> Reply | None:
        names = [name for name, _ in form]
        if kind.startswith("application/json"):
            return None if self.has("start.form-only") else refusal("invalid_request")
        if self.has("start.unknown-parameter") and "pairgrant_doctor_unknown" in names:
            return refusal("invalid_request")
        if self.has("start.empty-parameter") and ("scope", "") in form:
            return refusal("invalid_scope")
        if len(set(names)) < len(names) and not self.has("start.duplicate-parameter"):
            return refusal("invalid_request")
        _, refused = self.client_of(form, authorization)
        if refused is None or (self.has("start.wrong-secret") and ("client_id", "office") in form):
            return None
        is_missing = refused.status == 400
        if is_missing and self.has("start.missing-client"):
            return Reply(200, self.start_response(self.new_code("lobby-tv")).members)
        if not is_missing and "start.unknown-client" in self.faults:
            return refusal("unauthorized_client", 403)
        if not is_missing and "start.unknown-client:page" in self.faults:
            return Reply(401, page="<p>Unknown</p>")
        return refused

    def new_code(self, client: str) -> Code:
        user_code = "".join(secrets.choice(LETTERS) for _ in range(8))
        user_code = f"{user_code[:4]}-{user_code[4:]}"
        device_code = secrets.token_urlsafe(32)
        if self.has("codes.user-code-entropy"):
            user_code = f"{secrets.randbelow(10_000):04}"
        if "codes.alphabet" in self.faults:
            user_code = f"OIAE-0{user_code[5:]}1"
        if "codes.alphabet:case" in self.faults:
            user_code = f"{user_code[:4].lower()}{user_code[4:]}"
        if "codes.alphabet:vowels" in self.faults:
            user_code = f"EUAE{user_code[4:]}"
        if self.has("codes.device-code-entropy"):
            device_code = f"{'a' * 40}-{secrets.token_hex(6)}"
        if self.has("codes.independent"):
            device_code += user_code
        return Code(client, device_code, user_code, self.now())

    def start_response(self, code: Code) -> Reply:
        page = f"{self.issuer}/device"
        members: dict[str, object] = {
            "device_code": code.device_code,
            "user_code": code.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={code.user_code}",
            "expires_in": LIFE,
            "interval": INTERVAL,
        }
        changes: dict[str, dict[str, object]] = {
            "start.members": {"verification_url": page, "verification_uri": None},
            "start.expires-in": {"expires_in": "600"},
            "start.expires-in:zero": {"expires_in": 0},
            "start.interval": {"interval": "5"},
            "start.interval:milliseconds": {"interval": 5000},
            "start.lifetime": {"expires_in": 86_400},
            "start.lifetime:short": {"expires_in": 30},
            "start.verification-uri": {"verification_uri": "http://pair.example/device"},
            "start.verification-uri:bare": {"verification_uri": "pair.example/device"},
            "start.verification-uri:long": {"verification_uri": f"{page}/{'a' * 60}"},
            "start.uri-without-code": {"verification_uri": f"{page}?c={code.user_code}"},
            "start.complete-uri": {"verification_uri_complete": f"{page}?id=1"},
            "start.complete-uri:http": {"verification_uri_complete": "http://pair.example/device"},
            "start.hidden-device-code": {"verification_uri_complete": f"{page}?{code.device_code}"},
        }
        for fault, change in changes.items():
            if fault in self.faults:
                members |= change
        members |= self.changes
        headers = {} if self.has("start.no-store") else {"Cache-Control": "no-store"}
        kind = "text/html" if self.has("start.content-type") else "application/json"
        present = {name: value for name, value in members.items() if value is not None}
        return Reply(201 if self.has("start.status") else 200, present, headers, content_type=kind)

    # The token endpoint.

    def token(self, form: Pairs, authorization: str) -> Reply:
        names = [name for name, _ in form]
        given = dict(form)
        if self.has("poll.unknown-parameter") and "pairgrant_doctor_unknown" in names:
            return refusal("invalid_request")
        if len(set(names)) < len(names) and not self.has("poll.duplicate-parameter"):
            return refusal("invalid_request")
        grant = given.get("grant_type", "")
        if not grant:
            return refusal("server_error" if self.has("poll.missing-grant") else "invalid_request")
        client, refused = self.client_of(form, authorization)
        if refused is not None and not self.tolerates(refused):
            return refused
        if grant == "refresh_token":
            return self.refresh(given.get("refresh_token", ""))
        if grant == "password":
            if "grants.password:fault" in self.faults:
                return refusal("server_error", 500)
            return refusal("invalid_grant" if self.has("grants.password") else "unsupported_grant_type")
        if grant != URN:
            return refusal("invalid_request" if self.has("poll.unknown-grant") else "unsupported_grant_type")
        return self.poll(given.get("device_code", ""), client)

    def tolerates(self, refused: Reply) -> bool:
        return self.has("poll.missing-client" if refused.status == 400 else "poll.unknown-client")

    def poll(self, device_code: str, client: str) -> Reply:
        if not device_code:
            return refusal("invalid_grant" if self.has("poll.missing-code") else "invalid_request")
        code = next((code for code in self.codes if code.device_code == device_code), None)
        if code is None and self.has("poll.user-code"):
            code = next((code for code in self.codes if code.user_code == device_code), None)
        if code is None:
            return refusal("expired_token" if self.has("poll.unknown-code") else "invalid_grant")
        if client and code.client != client and not self.has("poll.other-client"):
            code.is_dead = code.is_dead or self.has("poll.other-client-harmless")
            return refusal("invalid_grant")
        if code.is_dead:
            return refusal("invalid_grant")
        return self.poll_of(code)

    def poll_of(self, code: Code) -> Reply:
        now = self.now()
        age, last = now - code.issued_at, code.polled_at
        if self.has("always-slow"):
            return refusal("slow_down")
        code.polled_at = now
        life = LIFE / 2 if self.has("expiry.not-early") else LIFE
        is_decided_late = self.has("expiry.late-approval") and code.decision == "approve"
        if age > life and not is_decided_late:
            return refusal("invalid_grant" if self.has("expiry.told") else "expired_token")
        if code.decision == "authorization_pending":
            return self.pace_of(code, now, last)
        if code.decision == "access_denied then tokens":
            code.decision = "approve"
            return refusal("access_denied")
        if code.decision == "access_denied":
            if self.has("denial.final"):
                code.decision = "authorization_pending"
                return refusal("access_denied")
            if "denial.told:pending" in self.faults:
                return refusal("authorization_pending")
            return refusal("invalid_grant" if self.has("denial.told") else "access_denied")
        return self.redeem(code)

    def pace_of(self, code: Code, now: float, last: float | None) -> Reply:
        interval = code.interval
        if self.has("poll.punctual") and last is not None:
            interval += 2
        is_early = last is not None and now - last < interval - 0.05
        if last is None and self.has("poll.first"):
            is_early = True
        if last is None and "poll.first:ended" in self.faults:
            return refusal("invalid_grant")
        if not is_early or "poll.early" in self.faults:
            return self.pending()
        if "poll.early:ended" in self.faults or (self.has("poll.twins") and now == last):
            return refusal("invalid_grant" if "poll.twins:fault" not in self.faults else "x", 500)
        if not self.has("poll.slow-down-kept"):
            code.interval += 20 if self.has("poll.slow-down-recovers") else 5
        return refusal("slow_down", 429 if self.has("poll.slow-down-status") else 400)

    def pending(self) -> Reply:
        if self.has("poll.pending-shape"):
            return Reply(400, {"error": "authorization_pending"}, content_type="text/plain")
        return refusal("authorization_pending", 200 if self.has("poll.pending-status") else 400)

    def redeem(self, code: Code) -> Reply:
        if "tokens.issued" in self.faults:
            return refusal("server_error")
        if code.access_token and not self.has("tokens.once") and not self.has("tokens.used-code"):
            if not self.has("tokens.replay-revokes"):
                code.refresh_token = ""
            return refusal("invalid_grant")
        if code.access_token and "tokens.used-code:error" in self.faults:
            return refusal("access_denied")
        if not code.access_token or "tokens.used-code:same" not in self.faults:
            code.access_token, code.refresh_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        members: dict[str, object] = {
            "access_token": code.access_token,
            "refresh_token": code.refresh_token,
            "token_type": "Bearer",
            "expires_in": 600,
            "scope": "openid",
        }
        changes: dict[str, dict[str, object]] = {
            "tokens.type": {"token_type": None},
            "tokens.type:unknown": {"token_type": "pop"},
            "tokens.type:dpop": {"token_type": "DPoP"},
            "tokens.lifetime": {"expires_in": None},
            "tokens.lifetime:text": {"expires_in": "600"},
            "tokens.lifetime:long": {"expires_in": 900_000},
            "tokens.scope": {"scope": "openid admin"},
            "tokens.scope:list": {"scope": ["openid"]},
        }
        for fault, change in changes.items():
            if fault in self.faults:
                members |= change
        present = {name: value for name, value in members.items() if value is not None}
        return Reply(200, present, {} if self.has("tokens.no-store") else {"Cache-Control": "no-store"})

    def refresh(self, refresh_token: str) -> Reply:
        code = next((code for code in self.codes if code.refresh_token == refresh_token), None)
        if code is None or not refresh_token or "tokens.rotation:refused" in self.faults:
            return refusal("invalid_grant")
        if not self.has("tokens.rotation"):
            code.refresh_token = secrets.token_urlsafe(32)
        code.access_token = secrets.token_urlsafe(32)
        return Reply(
            200,
            {
                "access_token": code.access_token,
                "token_type": "Bearer",
                "refresh_token": code.refresh_token,
            },
        )

    # The verification page.

    def device_page(self, pairs: Pairs) -> Reply:
        if self.has("page.opens") and not pairs:
            return Reply(404, page="<p>Not found</p>")
        if self.has("page.link-opens") and pairs:
            return Reply(404, page="<p>Not found</p>")
        given = dict(pairs).get("user_code", "")
        if given and self.has("page.link-harmless"):
            for code in self.codes:
                if code.user_code == given:
                    approves = "page.link-harmless:approves" in self.faults
                    code.decision = "approve" if approves else "access_denied"
        return self.form(200)

    def form(self, status: int) -> Reply:
        headers = {
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer",
        }
        if self.has("page.framing"):
            headers["Content-Security-Policy"] = "default-src 'none'"
        if self.has("page.referrer"):
            del headers["Referrer-Policy"]
        page = (
            '<form method="get" action="/search"><input name="q"></form>'
            '<form method="post" action="/device"><input type="hidden" name="csrf" value="7">'
            '<input name="user_code"><button>Continue</button></form>'
        )
        return Reply(status, {}, headers, page, "text/html")

    def submitted(self, form: Pairs) -> Reply:
        given = dict(form)
        if given.get("csrf") != "7":
            return Reply(403, page="<p>Forged</p>")
        typed = given.get("user_code", "")
        found = typed if self.has("page.typed-codes") else re.sub(r"[\W_]+", "", typed).upper()
        known = {
            code.user_code if self.has("page.typed-codes") else code.user_code.replace("-", "")
            for code in self.codes
        }
        if found in known:
            return Reply(303, headers={"Location": "/signin"}, page="")
        self.guesses += 1
        if self.guesses > MOST_GUESSES and not self.has("page.guess-limit"):
            return Reply(429, headers={"Retry-After": "60"}, page="<p>Wait</p>")
        return self.form(422)

    # Other endpoints.

    def authorize(self, pairs: Pairs, origin: str) -> Reply:
        headers = {"Access-Control-Allow-Origin": origin} if self.has("grants.cors") and origin else {}
        if self.has("grants.redirect"):
            return Reply(302, headers={**headers, "Location": dict(pairs).get("redirect_uri", "")}, page="")
        return Reply(400, headers=headers, page="<p>Unknown redirect_uri</p>")

    def introspect(self, authorization: str) -> Reply:
        if authorization or self.has("grants.introspection"):
            return Reply(200, {"active": False})
        return refusal("invalid_client", 401)


class FaultyRequests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.respond(parts.path, parse_qsl(parts.query, keep_blank_values=True))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.respond(self.path, self.form_of(body), is_odd=b"%FF" in body)

    def form_of(self, body: bytes) -> Pairs:
        if self.headers.get("Content-Type", "").startswith("application/json"):
            return [(name, str(value)) for name, value in json.loads(body).items()]
        return parse_qsl(body.decode(), keep_blank_values=True)

    def respond(self, path: str, pairs: Pairs, *, is_odd: bool = False) -> None:
        with self.server.lock:
            self.server.counts[path] += 1
            reply = self.route(path, pairs, is_odd=is_odd)
        if "hostile" in self.server.faults:
            seen = [value for code in self.server.codes for value in vars(code).values()]
            repeated = " ".join([*(str(value) for value in seen[-20:]), *(value for _, value in pairs)])
            reply.members["error_description"] = f"{HOSTILE} {repeated}"
            reply.members[f"{HOSTILE}{self.server.new_code('x').device_code}"] = repeated
            reply.headers["Retry-After"] = "\x1b[2J<b>"
        for part, value in self.server.odd.items():
            if part in path:
                reply.members = dict.fromkeys(reply.members, value)
        body = (json.dumps(reply.members) if reply.page is None else reply.page).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def route(self, path: str, pairs: Pairs, *, is_odd: bool) -> Reply:
        server, by_post = self.server, self.command == "POST"
        authorization = self.headers.get("Authorization", "")
        kind = self.headers.get("Content-Type", "")
        if is_odd:
            fault = "start.odd-bytes" if path == "/device_authorization" else "poll.odd-bytes"
            return refusal("server_error", 500) if server.has(fault) else refusal("invalid_request")
        match path:
            case "/.well-known/oauth-authorization-server" | "/.well-known/openid-configuration":
                return server.document(path)
            case "/device_authorization" if by_post or server.has("start.post-only"):
                return server.start(pairs, kind, authorization)
            case "/token" | "/a" | "/b" if by_post or server.has("poll.post-only"):
                return server.token(pairs, authorization)
            case "/device_authorization" | "/token":
                return Reply(405, page="<p>POST only</p>")
            case "/device":
                return server.submitted(pairs) if by_post else server.device_page(pairs)
            case "/authorize":
                return server.authorize(pairs, self.headers.get("Origin", ""))
            case "/introspect":
                return server.introspect(authorization)
        return Reply(404, page="<p>Not found</p>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass
