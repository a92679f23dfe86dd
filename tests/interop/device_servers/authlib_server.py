"""Authlib's authorization server on Flask, with the device grant, as its documentation builds it:

    python authlib_server.py PORT

A POST to /approve or /deny with a ``user_code`` is the person's decision. A public client ``lobby-tv`` is
registered, and the client ``web`` with a secret.
"""

import logging
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant, DeviceCredentialMixin
from flask import Flask, request
from werkzeug.serving import make_server

port = int(sys.argv[1])
URN = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class Client(ClientMixin):  # type: ignore[misc]
    client_id: str
    client_secret: str = ""

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return False

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == self.client_secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") != bool(self.client_secret)

    def check_response_type(self, response_type: str) -> bool:
        return False

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in {URN, "refresh_token"}


@dataclass
class Token(TokenMixin):  # type: ignore[misc]
    client_id: str
    members: dict[str, Any]
    issued_at: float = field(default_factory=time.time)
    is_gone: bool = False

    def check_client(self, client: Client) -> bool:
        return self.client_id == client.client_id

    def get_scope(self) -> str:
        return str(self.members.get("scope") or "")

    def get_expires_in(self) -> int:
        return int(self.members["expires_in"])

    def is_expired(self) -> bool:
        return False

    def is_revoked(self) -> bool:
        return self.is_gone

    def get_user(self) -> str:
        return "alice"

    def get_client(self) -> Client:
        return CLIENTS[self.client_id]


@dataclass
class Credential(DeviceCredentialMixin):  # type: ignore[misc]
    client_id: str
    scope: str
    members: dict[str, Any]
    expires_at: float
    decision: bool | None = None
    last_poll: float = 0.0

    def get_client_id(self) -> str:
        return self.client_id

    def get_scope(self) -> str:
        return self.scope

    def get_user_code(self) -> str:
        return str(self.members["user_code"])

    def is_expired(self) -> bool:
        return time.time() > self.expires_at


CLIENTS = {"lobby-tv": Client("lobby-tv"), "web": Client("web", "a secret/+")}
CREDENTIALS: dict[str, Credential] = {}
TOKENS: list[Token] = []


class Devices(DeviceAuthorizationEndpoint):  # type: ignore[misc]
    INTERVAL = 1

    def get_verification_uri(self) -> str:
        return f"http://127.0.0.1:{port}/device"

    def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
        CREDENTIALS[data["device_code"]] = Credential(
            client_id, scope or "", data, time.time() + data["expires_in"]
        )


class DeviceGrant(DeviceCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    def query_device_credential(self, device_code: str) -> Credential | None:
        return CREDENTIALS.get(device_code)

    def query_user_grant(self, user_code: str) -> tuple[str, bool] | None:
        found = next(one for one in CREDENTIALS.values() if one.get_user_code() == user_code)
        return None if found.decision is None else ("alice", found.decision)

    def should_slow_down(self, credential: Credential) -> bool:
        before, credential.last_poll = credential.last_poll, time.time()
        return credential.last_poll - before < 0.9


class Refresh(grants.RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        return next((one for one in TOKENS if one.members.get("refresh_token") == refresh_token), None)

    def authenticate_user(self, refresh_token: Token) -> str:
        return refresh_token.get_user()

    def revoke_old_credential(self, refresh_token: Token) -> None:
        TOKENS.remove(refresh_token)


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    def query_token(self, token_string: str, token_type_hint: str) -> Token | None:
        names = ("access_token", "refresh_token")
        return next(
            (one for one in TOKENS if token_string in [one.members.get(name) for name in names]), None
        )

    def revoke_token(self, token: Token, request: Any) -> None:
        TOKENS.remove(token)


def save_token(token: dict[str, Any], request: Any) -> None:
    TOKENS.append(Token(request.client.client_id, token))


app = Flask(__name__)
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
server = AuthorizationServer(app, CLIENTS.get, save_token)
server.register_endpoint(Devices)
server.register_endpoint(Revocation)
server.register_grant(DeviceGrant)
server.register_grant(Refresh)


@app.post("/device_authorization")
def device_authorization() -> Any:
    return server.create_endpoint_response(Devices.ENDPOINT_NAME)


@app.post("/token")
def token() -> Any:
    return server.create_token_response()


@app.post("/revoke")
def revoke() -> Any:
    return server.create_endpoint_response(Revocation.ENDPOINT_NAME)


@app.post("/<any(approve, deny):decision>")
def decide(decision: str) -> str:
    for one in CREDENTIALS.values():
        if one.get_user_code() == request.form["user_code"]:
            one.decision = decision == "approve"
    return decision


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    made = make_server("127.0.0.1", port, app, threaded=True)
    print("listening", flush=True)  # noqa: T201 - the test waits for it
    made.serve_forever()
