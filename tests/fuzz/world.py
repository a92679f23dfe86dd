"""The whole server as one ASGI app on SQLite, with clients that make good requests; its clock stands still.

What is random comes from a seed, so that the same requests meet the same server every time.
"""

import asyncio
import json
import random
from base64 import urlsafe_b64encode
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeVar

from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from pairgrant_protocol.authorization_code_grant import PersonSignIn
from pairgrant_protocol.device_grant import Decision
from pairgrant_protocol.user_code import normalize
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.backend import Backend
from pairgrant_server.security_events import write_counts
from tests.fuzz.sent import Header, Response, Sent, check_resource_response, check_response

URL = "https://pair.example"
NOW = 1_790_000_000.0
CALLBACK = "https://app.example/callback"
SCOPE = "openid profile email offline_access board:read board:write"
VERIFIER = "a-verifier-of-at-least-43-characters-as-rfc-7636-wants"
SECRET_MEMBERS = ("device_code", "access_token", "refresh_token", "client_secret", "request_uri")

T = TypeVar("T")


def immediately(_: float, callback: Callable[[], None]) -> asyncio.Handle:
    """``call_later`` for held polls: every wait is over at once."""
    return asyncio.get_running_loop().call_soon(callback)


@dataclass
class World:
    """The server, someone who does what is asked of people, and every secret that is around."""

    runner: asyncio.Runner
    backend: Backend
    app: Any
    key: ECKey
    asserter: ECKey
    chance: random.Random
    secrets: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What was logged as an error, or never retrieved by anyone."""
    log: list[str] = field(default_factory=list)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def paths(self) -> list[str]:
        """Every address of the authorization server, whichever there are."""
        return sorted(self.backend.parts.endpoints.paths)

    def send(self, sent: Sent) -> Response | None:
        return self.run(self.sending(sent))

    def response_to(self, sent: Sent) -> Response:
        response = self.send(sent)
        assert response is not None
        return response

    async def sending(self, sent: Sent) -> Response | None:
        size = -(-len(sent.body) // sent.cuts) or 1
        pieces = [sent.body[at : at + size] for at in range(0, len(sent.body), size)] or [b""]
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": piece, "more_body": at < len(pieces) - 1 or sent.hangs_up}
            for at, piece in enumerate(pieces)
        ]
        sent_back: list[Any] = []

        async def receive() -> dict[str, Any]:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent_back.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": sent.method,
            "scheme": "https",
            "path": sent.path,
            "raw_path": sent.path.encode("latin-1", "replace"),
            "root_path": "",
            "query_string": sent.query,
            "headers": [(b"host", b"pair.example"), *sent.headers],
            "client": ("192.0.2.7", 40000),
            "server": ("127.0.0.1", 8628),
            "state": {},
        }
        await self.app(scope, receive, send)
        if not sent_back and sent.hangs_up:
            return None
        start, *rest = sent_back
        assert start["type"] == "http.response.start"
        assert rest
        assert all(part["type"] == "http.response.body" for part in rest)
        return Response(
            start["status"],
            tuple((bytes(name), bytes(value)) for name, value in start["headers"]),
            b"".join(part["body"] for part in rest),
        )

    def post(self, path: str, form: Mapping[str, str], *headers: Header) -> dict[str, Any]:
        """The response to a good request, whose secrets are remembered."""
        response = self.response_to(Sent.post(path, form, *headers))
        assert response.status in {200, 201}, response
        members = response.members
        self.secrets += [members[name] for name in SECRET_MEMBERS if name in members]
        return members

    # Good requests
    def codes(self, client_id: str = "app") -> dict[str, Any]:
        return self.post("/device_authorization", {"client_id": client_id, "scope": SCOPE})

    def approved(self, decision: Decision = Decision.APPROVE) -> dict[str, Any]:
        codes = self.codes()

        async def decide() -> None:
            grant = await self.backend.parts.device_flow.look_up(normalize(codes["user_code"]))
            assert grant is not None
            user = await self.backend.store.user_by_name("alice")
            assert user is not None
            decisions = self.backend.parts.decisions
            if decision is Decision.DENY:
                assert await decisions.deny(grant.grant_id, user_id=user.user_id, auth_time=NOW)
            else:
                assert await decisions.approve(grant, user_id=user.user_id, auth_time=NOW, viewer=None)

        self.run(decide())
        return codes

    def poll(self, codes: Mapping[str, str]) -> dict[str, str]:
        return {
            "grant_type": GrantType.DEVICE_CODE,
            "device_code": codes["device_code"],
            "client_id": "app",
        }

    def tokens(self) -> dict[str, Any]:
        return self.post("/token", self.poll(self.approved()))

    def authorization_request(self, client_id: str = "app") -> dict[str, str]:
        return {
            "client_id": client_id,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "state": "af0ifjsldkj",
            "nonce": "n-0S6_WzA2Mj",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
        }

    def code(self) -> dict[str, str]:
        """What a client sends for an authorization code that was approved."""
        pushed = self.post("/par", self.authorization_request())
        reference = pushed["request_uri"].rpartition(":")[2]

        async def approve() -> str:
            code_flow = self.backend.parts.code_flow
            pending = await code_flow.pending(reference)
            user = await self.backend.store.user_by_name("alice")
            assert pending is not None
            assert user is not None
            client = await self.backend.store.client("app")
            assert client is not None
            code = await code_flow.approve(
                pending,
                client,
                PersonSignIn(user.user_id, NOW),
                scope=pending.request.scope,
                remember=False,
            )
            assert code is not None
            return code.reveal()

        self.secrets.append(code := self.run(approve()))
        return {
            "grant_type": "authorization_code",
            "client_id": "app",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }

    def initial_access_token(self) -> str:
        adding = self.backend.parts.initial_access_tokens.add(
            "fuzz", grant_types=frozenset(GrantType), scope=tuple(SCOPE.split()), uses=1000, lifetime=3600
        )
        self.secrets.append(token := self.run(adding).reveal())
        return token

    def jwt(self, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None, by: int = 0) -> str:
        """Signed by the client ``signer`` (0), by whom it believes (1), or unsigned (2)."""
        head = {"alg": "ES256", "typ": "JWT", **(header or {})}
        signed = f"{base64url(head)}.{base64url(claims)}"
        if by > 1:
            return f"{signed}."
        key = (self.key, self.asserter)[by]
        signature = JWSRegistry.algorithms["ES256"].sign(signed.encode(), key)
        return f"{signed}.{base64url(signature)}"

    def claims(self, issuer: str = "signer", subject: str = "signer") -> dict[str, Any]:
        jti = self.chance.randbytes(8).hex()
        return {"iss": issuer, "sub": subject, "aud": URL, "exp": NOW + 60, "iat": NOW, "jti": jti}

    def proof(self, path: str, method: str = "POST", **more: Any) -> str:
        claims = {"jti": self.chance.randbytes(8).hex(), "htm": method, "htu": URL + path, "iat": NOW}
        head = {"typ": "dpop+jwt", "jwk": self.key.as_dict(private=False)}
        return self.jwt({**claims, **more}, head)

    # What has to hold
    def check(self, sent: Sent) -> None:
        """Send it, and judge what comes back."""
        try:
            response = self.send(sent)
            if response is None:
                assert sent.hangs_up
                assert sent.path not in self.paths
            elif sent.path in self.paths:
                check_response(sent, response)
            else:
                check_resource_response(sent, response)
            self.nothing_went_wrong()
        except BaseException as error:
            error.add_note(repr(sent))
            raise

    def nothing_went_wrong(self) -> None:
        """No exception was logged, and no line of the log holds a secret."""
        assert not self.complaints
        write_counts(at_end=True)  # so that each event has its line
        lines = "\n".join(self.log)
        self.log.clear()
        assert not [secret for secret in self.secrets if secret in lines]


def challenge(verifier: str) -> str:
    return base64url(sha256(verifier.encode()).digest())


def base64url(what: Mapping[str, Any] | bytes) -> str:
    raw = what if isinstance(what, bytes) else json.dumps(what).encode()
    return urlsafe_b64encode(raw).decode().rstrip("=")
