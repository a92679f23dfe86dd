"""The authorization request and response of the device (RFC 8252, RFC 7636, RFC 9207, OpenID Connect)."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from pairgrant.errors import (
    ClientRefusedError,
    DeniedError,
    NoAuthorizationCodeGrantError,
    RefusedByServerError,
    ServerBusyError,
    ServerFaultError,
)
from pairgrant.sign_in.authorization_attempt import AuthorizationAttempt
from pairgrant_protocol.messages import TokenResponse
from pairgrant_protocol.metadata import AuthorizationServerMetadata
from pairgrant_protocol.secret import Secret

ISSUER = "https://pair.example"
REDIRECT = "http://127.0.0.1:49152/callback"
METADATA = AuthorizationServerMetadata(
    ISSUER,
    f"{ISSUER}/token",
    authorization_endpoint=f"{ISSUER}/authorize",
    code_challenge_methods=("S256",),
    names_issuer=True,
)


def attempt(
    metadata: AuthorizationServerMetadata = METADATA, scope: str = "openid board:read"
) -> AuthorizationAttempt:
    return AuthorizationAttempt.new(
        metadata, client_id="app", scope=tuple(scope.split()), redirect_uri=REDIRECT
    )


def response(to: AuthorizationAttempt, **changes: str) -> str:
    members = {"code": "the-code", "state": to.state, "iss": ISSUER, **changes}
    return urlencode({name: value for name, value in members.items() if value})


class TestRequest:
    def test_request_has_the_required_parameters_and_no_secret(self) -> None:
        asking = attempt()
        where = urlsplit(asking.uri)
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        assert f"{where.scheme}://{where.netloc}{where.path}" == f"{ISSUER}/authorize"
        hashed = sha256(asking.verifier.reveal().encode()).digest()
        assert asked == {
            "response_type": "code",
            "client_id": "app",
            "redirect_uri": REDIRECT,
            "scope": "openid board:read",
            "state": asking.state,
            "nonce": asking.nonce,
            "code_challenge": urlsafe_b64encode(hashed).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        assert asking.verifier.reveal() not in asking.uri

    def test_every_request_has_its_own_secrets(self) -> None:
        one, other = attempt(), attempt()
        assert one.state != other.state
        assert one.nonce != other.nonce
        assert one.verifier != other.verifier

    def test_secrets_are_not_in_the_repr(self) -> None:
        asking = attempt()
        shown = repr(asking)
        assert not [
            secret for secret in (asking.state, asking.nonce, asking.verifier.reveal()) if secret in shown
        ]

    def test_nonce_is_sent_only_with_openid(self) -> None:
        assert "nonce=" not in attempt(scope="board:read").uri

    def test_query_of_the_endpoint_is_kept(self) -> None:
        metadata = replace(METADATA, authorization_endpoint=f"{ISSUER}/authorize?tenant=home")
        assert urlsplit(attempt(metadata).uri).query.startswith("tenant=home&response_type=code")

    @pytest.mark.parametrize(
        "changes", [{"authorization_endpoint": None}, {"code_challenge_methods": ("plain",)}]
    )
    def test_server_without_the_grant_or_without_pkce_is_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(NoAuthorizationCodeGrantError, match="--device-code"):
            _ = attempt(replace(METADATA, **changes)).uri

    def test_server_that_does_not_mention_pkce_is_accepted(self) -> None:
        assert "code_challenge" in attempt(replace(METADATA, code_challenge_methods=())).uri


class TestAnswer:
    def test_code_of_the_response_is_returned(self) -> None:
        asking = attempt()
        assert asking.is_response(response(asking))
        assert asking.code(response(asking)) == Secret("the-code")
        assert asking.redemption(Secret("the-code")) == {
            "code": "the-code",
            "redirect_uri": REDIRECT,
            "code_verifier": asking.verifier.reveal(),
        }

    @pytest.mark.parametrize("query", ["", "state=", "state=x", "code=x", "state", "&" * 5000, "%"])
    def test_response_with_another_state_is_not_accepted(self, query: str) -> None:
        assert not attempt().is_response(query)

    def test_repeated_state_is_ignored(self) -> None:
        asking = attempt()
        assert not asking.is_response(f"state={asking.state}&state={asking.state}")

    @pytest.mark.parametrize("iss", ["https://evil.example", "https://pair.example.evil.example", ""])
    def test_other_or_missing_issuer_is_refused_if_the_server_announces_iss(self, iss: str) -> None:
        asking = attempt()
        with pytest.raises(ServerFaultError, match="another server"):
            asking.code(response(asking, iss=iss))

    def test_missing_issuer_is_accepted_if_the_server_does_not_announce_iss(self) -> None:
        asking = attempt(replace(METADATA, names_issuer=False))
        assert asking.code(response(asking, iss="")) == Secret("the-code")
        with pytest.raises(ServerFaultError, match="another server"):
            asking.code(response(asking, iss="https://evil.example"))

    def test_error_of_another_issuer_is_refused(self) -> None:
        asking = attempt()
        with pytest.raises(ServerFaultError, match="another server"):
            asking.code(response(asking, code="", error="access_denied", iss="https://evil.example"))

    def test_trailing_slash_of_the_issuer_is_ignored(self) -> None:
        asking = attempt()
        assert asking.code(response(asking, iss=f"{ISSUER}/"))

    @pytest.mark.parametrize(
        ("error", "raised"),
        [
            ("access_denied", DeniedError),
            ("temporarily_unavailable", ServerBusyError),
            ("server_error", ServerBusyError),
            ("unauthorized_client", ClientRefusedError),
            ("invalid_scope", RefusedByServerError),
            ("interaction_required", RefusedByServerError),
        ],
    )
    def test_error_response_raises_a_matching_error(self, error: str, raised: type[Exception]) -> None:
        asking = attempt()
        with pytest.raises(raised):
            asking.code(response(asking, error=error, error_description="\x1b[2J no"))

    def test_response_without_code_or_error_is_refused(self) -> None:
        asking = attempt()
        with pytest.raises(ServerFaultError, match="no code"):
            asking.code(response(asking, code=""))


class TestIdToken:
    def tokens(self, asking: AuthorizationAttempt, **changes: Any) -> TokenResponse:
        claims = {"iss": ISSUER, "aud": "app", "nonce": asking.nonce, "sub": "1", **changes}
        return self.with_id_token(
            f"e30.{urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"
        )

    @staticmethod
    def with_id_token(text: str | None, scope: tuple[str, ...] | None = None) -> TokenResponse:
        return TokenResponse(
            Secret("a"), "Bearer", scope=scope, id_token=None if text is None else Secret(text)
        )

    @pytest.mark.parametrize("audience", ["app", ["other", "app"]])
    def test_id_token_of_this_sign_in_is_accepted(self, audience: object) -> None:
        asking = attempt()
        asking.check_tokens(self.tokens(asking, aud=audience))

    @pytest.mark.parametrize(
        "changes",
        [
            *({"nonce": "x"}, {"nonce": None}, {"aud": "other"}, {"aud": []}, {"aud": None}),
            *({"iss": "https://evil.example"}, {"iss": 5}),
        ],
    )
    def test_id_token_with_wrong_claims_is_refused(self, changes: dict[str, Any]) -> None:
        asking = attempt()
        with pytest.raises(ServerFaultError, match="another sign-in"):
            asking.check_tokens(self.tokens(asking, **changes))

    @pytest.mark.parametrize("text", ["x", "..", "e30.%%%.x", "e30.W10.x", "e30._w.x"])
    def test_unreadable_id_token_is_refused(self, text: str) -> None:
        with pytest.raises(ServerFaultError, match="can't be read"):
            attempt().check_tokens(self.with_id_token(text))

    def test_missing_id_token_is_refused_if_openid_was_granted(self) -> None:
        with pytest.raises(ServerFaultError, match="no id_token"):
            attempt().check_tokens(self.with_id_token(None))

    def test_missing_id_token_is_accepted_if_openid_was_not_granted(self) -> None:
        attempt().check_tokens(self.with_id_token(None, ("board:read",)))
        attempt(scope="board:read").check_tokens(self.with_id_token(None))

    def test_unrequested_id_token_is_ignored(self) -> None:
        attempt(scope="board:read").check_tokens(self.with_id_token("x"))


class TestWithoutScope:
    """RFC 6749 §3.3: the server chooses the scope, and that may contain openid."""

    def test_request_has_no_scope_but_a_nonce(self) -> None:
        asking = attempt(scope="")
        asked = parse_qs(urlsplit(asking.uri).query, keep_blank_values=True)
        assert "scope" not in asked
        assert asked["nonce"] == [asking.nonce]

    def test_id_token_of_another_sign_in_is_refused(self) -> None:
        asking = attempt(scope="")
        with pytest.raises(ServerFaultError, match="another sign-in"):
            asking.check_tokens(TestIdToken().tokens(asking, nonce="x"))

    def test_missing_id_token_is_accepted(self) -> None:
        attempt(scope="").check_tokens(TestIdToken.with_id_token(None, ("openid", "board:read")))
