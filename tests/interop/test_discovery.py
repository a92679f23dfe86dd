"""Everything in the discovery document works, nothing else does, and every member has a test here."""

import json
import secrets
import time
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import httpx
import pytest
from joserfc.jws import JWSRegistry

from tests.interop.person import Person
from tests.interop.provider import Provider

Metadata = dict[str, Any]

SCOPE = "openid profile email offline_access board:read board:write"
SECRET = "a secret/with+what needs%escaping"
CALLBACK = "https://app.example/callback"
VERIFIER = "a-verifier-of-at-least-43-characters-as-rfc-7636-wants"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANT = "urn:ietf:params:oauth:grant-type:"
AUTHENTICATING = ["token", "revocation", "introspection"]
NOT_OFFERED = ["ES384", "HS256", "none"]


def base64url(what: Mapping[str, Any] | bytes) -> str:
    return (
        urlsafe_b64encode(what if isinstance(what, bytes) else json.dumps(what).encode()).decode().rstrip("=")
    )


def part_of(jwt: str, number: int) -> dict[str, Any]:
    part: dict[str, Any] = json.loads(urlsafe_b64decode(jwt.split(".")[number] + "=="))
    return part


class Caller:
    """Raw requests of any client to the endpoints that the document names."""

    def __init__(self, provider: Provider, http: httpx.Client, person: Person, metadata: Metadata) -> None:
        self.provider, self.http, self.person, self.metadata = provider, http, person, metadata

    def post(
        self, endpoint: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return self.http.post(self.metadata[f"{endpoint}_endpoint"], data=dict(form), headers=headers)

    def jwt(self, algorithm: str, claims: Mapping[str, Any], **header: Any) -> str:
        keys = self.provider.keys
        key = keys.get(algorithm, keys["ES256"])
        head = {"alg": algorithm, "kid": key.kid, **header}
        signed = f"{base64url(head)}.{base64url(claims)}"
        signer = JWSRegistry.algorithms[algorithm if algorithm in keys else "ES256"]
        return f"{signed}.{base64url(signer.sign(signed.encode(), key))}"

    def assertion(self, algorithm: str = "ES256") -> dict[str, str]:
        now = int(time.time())
        claims = {"iss": "signer", "sub": "signer", "aud": self.metadata["issuer"], "exp": now + 60}
        text = self.jwt(algorithm, {**claims, "iat": now, "jti": secrets.token_hex(8)})
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text}

    def shown(self, method: str) -> tuple[dict[str, str], dict[str, str]]:
        """A form and headers by which a client says who it is."""
        match method:
            case "none":
                return {"client_id": "app"}, {}
            case "client_secret_post":
                return {"client_id": "web", "client_secret": SECRET}, {}
            case "client_secret_basic":
                pair = b64encode(f"web:{quote_plus(SECRET)}".encode()).decode()
                return {}, {"authorization": f"Basic {pair}"}
            case "private_key_jwt":
                return self.assertion(), {}
        raise AssertionError(f"no test shows {method}")

    def request(self, **changes: str) -> dict[str, str]:
        """The parameters of an authorization request; an empty one is left out."""
        asked = {
            "client_id": "app",
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "state": "kept",
            "nonce": "n-0S6_WzA2Mj",
            "code_challenge": base64url(sha256(VERIFIER.encode()).digest()),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in asked.items() if value}

    def authorize(self, decision: str = "approve", **changes: str) -> dict[str, str]:
        """What comes back in the redirect; ``pages`` of the person has where they were asked something."""
        self.person.pages.clear()
        url = f"{self.metadata['authorization_endpoint']}?{urlencode(self.request(**changes))}"
        where = urlsplit(self.person.visit(url, decision))
        assert f"{where.scheme}://{where.netloc}{where.path}" == CALLBACK, where
        return dict(parse_qsl(where.fragment or where.query))

    def redeem(self, code: str, client_id: str = "app") -> httpx.Response:
        form = {"grant_type": "authorization_code", "client_id": client_id, "code": code}
        return self.post("token", {**form, "redirect_uri": CALLBACK, "code_verifier": VERIFIER})

    def tokens(self, client_id: str = "app", **changes: str) -> dict[str, Any]:
        response = self.redeem(self.authorize(client_id=client_id, **changes)["code"], client_id)
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json()
        return tokens


@pytest.fixture
def caller(provider: Provider, http: httpx.Client, person: Person, metadata: Metadata) -> Caller:
    return Caller(provider, http, person, metadata)


def error_of(response: httpx.Response) -> str:
    return str(response.json()["error"])


TESTED = {
    "issuer",
    "protected_resources",
    *("response_types_supported", "response_modes_supported", "code_challenge_methods_supported"),
    *("prompt_values_supported", "request_parameter_supported", "request_uri_parameter_supported"),
    *("claims_parameter_supported", "require_pushed_authorization_requests"),
    "authorization_response_iss_parameter_supported",
    *("grant_types_supported", "scopes_supported", "claims_supported", "subject_types_supported"),
    *("id_token_signing_alg_values_supported", "dpop_signing_alg_values_supported"),
    "device_code_revocation_supported",
    *(f"{endpoint}_endpoint_auth_methods_supported" for endpoint in AUTHENTICATING),
    *(f"{endpoint}_endpoint_auth_signing_alg_values_supported" for endpoint in AUTHENTICATING),
}
"""Members beside the addresses, each of which has a test below."""

ENDPOINTS = {
    "authorization_endpoint": ("GET", 303),
    "end_session_endpoint": ("GET", 303),
    "jwks_uri": ("GET", 200),
    "userinfo_endpoint": ("GET", 401),
    "registration_endpoint": ("POST", 401),
    "introspection_endpoint": ("POST", 401),
    "token_endpoint": ("POST", 400),
    "device_authorization_endpoint": ("POST", 400),
    "pushed_authorization_request_endpoint": ("POST", 400),
    "revocation_endpoint": ("POST", 400),
}
"""What each says to a request that brings nothing along."""


class TestDocument:
    def test_document_is_the_same_at_both_well_known_paths(
        self, http: httpx.Client, provider: Provider, metadata: Metadata
    ) -> None:
        other = http.get(f"{provider.url}/.well-known/oauth-authorization-server").json()
        assert other == metadata
        assert metadata["issuer"] == provider.url

    def test_every_member_of_the_document_has_a_test(self, metadata: Metadata) -> None:
        assert metadata.keys() == TESTED | ENDPOINTS.keys()

    def test_device_code_is_revoked_as_the_document_says(self, caller: Caller) -> None:
        assert caller.metadata["device_code_revocation_supported"] is True
        codes = caller.post("device_authorization", {"client_id": "app"}).json()
        form = {"client_id": "app", "token": codes["device_code"]}
        assert caller.post("revocation", form).status_code == 200
        grant_type = "urn:ietf:params:oauth:grant-type:device_code"
        poll = {"grant_type": grant_type, "client_id": "app", "device_code": codes["device_code"]}
        assert error_of(caller.post("token", poll)) == "access_denied"

    @pytest.mark.parametrize("name", ENDPOINTS)
    def test_every_endpoint_of_the_document_responds(
        self, http: httpx.Client, metadata: Metadata, name: str
    ) -> None:
        method, status = ENDPOINTS[name]
        form = {"content-type": "application/x-www-form-urlencoded"}
        response = http.request(method, metadata[name], headers=form if method == "POST" else {})
        assert response.status_code == status, response.text
        assert status < 400 or error_of(response)

    def test_protected_resources_name_this_server(self, http: httpx.Client, metadata: Metadata) -> None:
        for resource in metadata["protected_resources"]:
            parts = urlsplit(resource)
            at = f"{parts.scheme}://{parts.netloc}/.well-known/oauth-protected-resource{parts.path}"
            found = http.get(at).json()
            assert (found["resource"], found["authorization_servers"]) == (resource, [metadata["issuer"]])


class TestAuthorizationRequest:
    def test_advertised_response_types_work(self, caller: Caller) -> None:
        assert caller.metadata["response_types_supported"] == ["code"]
        assert "code" in caller.authorize()
        for other in ("token", "id_token", "code token", "code id_token", "none"):
            assert caller.authorize(response_type=other)["error"] == "unsupported_response_type"

    def test_advertised_response_modes_work(self, caller: Caller) -> None:
        url = caller.metadata["authorization_endpoint"]
        for mode in caller.metadata["response_modes_supported"]:
            asked = urlencode(caller.request(response_mode=mode))
            where = urlsplit(caller.person.visit(f"{url}?{asked}"))
            assert "code=" in getattr(where, mode)
        for other in {"query", "fragment", "form_post", "query.jwt", "x"} - set(
            caller.metadata["response_modes_supported"]
        ):
            assert caller.authorize(response_mode=other)["error"] == "invalid_request"

    def test_advertised_code_challenge_methods_work(self, caller: Caller) -> None:
        assert caller.metadata["code_challenge_methods_supported"] == ["S256"]
        for changes in (
            {"code_challenge_method": "plain", "code_challenge": VERIFIER},
            {"code_challenge_method": ""},
            {"code_challenge": "", "code_challenge_method": ""},
        ):
            assert caller.authorize(**changes)["error"] == "invalid_request"

    def test_advertised_prompt_values_work(self, caller: Caller) -> None:
        caller.authorize()  # signed in, and consent is given
        asked = {
            "none": [],
            "login": ["/signin"],
            "consent": ["/authorize/consent"],
            "select_account": ["/authorize/consent"],
        }
        assert asked.keys() == set(caller.metadata["prompt_values_supported"])
        for prompt, pages in asked.items():
            assert "code" in caller.authorize(prompt=prompt)
            assert caller.person.pages == pages
        for other in ("create", "none login", "LOGIN"):
            assert caller.authorize(prompt=other)["error"] == "invalid_request"

    def test_request_objects_are_refused_as_advertised(self, caller: Caller) -> None:
        assert caller.metadata["request_parameter_supported"] is False
        assert caller.metadata["request_uri_parameter_supported"] is False
        assert caller.authorize(request="e30.e30.")["error"] == "request_not_supported"
        asked = urlencode({"client_id": "app", "request_uri": "https://app.example/request.jwt"})
        response = caller.http.get(f"{caller.metadata['authorization_endpoint']}?{asked}")
        assert "/authorize/problem" in response.headers["location"]

    def test_claims_parameter_is_not_supported(self, caller: Caller) -> None:
        assert caller.metadata["claims_parameter_supported"] is False
        wanted = json.dumps({"id_token": {"email": None}, "userinfo": {"email": None}})
        tokens = caller.tokens(scope="openid", claims=wanted)
        assert "email" not in part_of(tokens["id_token"], 1)

    def test_every_authorization_response_has_iss(self, caller: Caller) -> None:
        assert caller.metadata["authorization_response_iss_parameter_supported"] is True
        for response in (caller.authorize(), caller.authorize("deny", prompt="consent")):
            assert (response["iss"], response["state"]) == (caller.metadata["issuer"], "kept")

    def test_pushed_authorization_requests_are_optional(self, caller: Caller) -> None:
        assert caller.metadata["require_pushed_authorization_requests"] is False
        pushed = caller.post("pushed_authorization_request", caller.request()).json()
        url = caller.metadata["authorization_endpoint"]
        asked = urlencode({"client_id": "app", "request_uri": pushed["request_uri"]})
        assert "code=" in caller.person.visit(f"{url}?{asked}")


class TestGrants:
    def forms(self, caller: Caller) -> dict[str, dict[str, str]]:
        tokens = caller.tokens()
        device = caller.post("device_authorization", {"client_id": "app"}).json()
        caller.person.visit(device["verification_uri_complete"])
        now = int(time.time())
        said = {
            "iss": "https://idp.example",
            "sub": "alice",
            "aud": caller.metadata["issuer"],
            "exp": now + 60,
        }
        key = caller.provider.asserting_key
        signed = f"{base64url({'alg': 'ES256'})}.{base64url({**said, 'jti': secrets.token_hex(8)})}"
        signature = base64url(JWSRegistry.algorithms["ES256"].sign(signed.encode(), key))
        return {
            "authorization_code": {
                "client_id": "app",
                "code": caller.authorize()["code"],
                "redirect_uri": CALLBACK,
                "code_verifier": VERIFIER,
            },
            "refresh_token": {"client_id": "app", "refresh_token": tokens["refresh_token"]},
            "client_credentials": {**caller.assertion(), "scope": "board:read"},
            f"{GRANT}device_code": {"client_id": "app", "device_code": device["device_code"]},
            f"{GRANT}jwt-bearer": {**caller.assertion(), "assertion": f"{signed}.{signature}"},
        }

    def test_advertised_grant_types_work(self, caller: Caller) -> None:
        forms = self.forms(caller)
        assert forms.keys() == set(caller.metadata["grant_types_supported"])
        for grant_type, form in forms.items():
            response = caller.post("token", {"grant_type": grant_type, **form})
            assert response.status_code == 200, (grant_type, response.text)
        others = ("password", "implicit", f"{GRANT}token-exchange", f"{GRANT}saml2-bearer", "device_code")
        for other in others:
            response = caller.post("token", {"grant_type": other, "client_id": "app"})
            assert error_of(response) == "unsupported_grant_type"

    def test_advertised_scopes_are_granted(self, caller: Caller) -> None:
        assert set(SCOPE.split()) == set(caller.metadata["scopes_supported"])
        for scope in caller.metadata["scopes_supported"]:
            assert caller.tokens(scope=scope)["scope"] == scope
        assert caller.authorize(scope="openid phone")["error"] == "invalid_scope"

    def test_advertised_claims_are_returned(self, caller: Caller) -> None:
        tokens = caller.tokens(max_age="3600")
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        told = caller.http.get(caller.metadata["userinfo_endpoint"], headers=headers).json()
        assert part_of(tokens["id_token"], 1).keys() | told.keys() == set(caller.metadata["claims_supported"])

    def test_subject_is_the_same_for_every_client(self, caller: Caller) -> None:
        assert caller.metadata["subject_types_supported"] == ["public"]
        subjects = {part_of(caller.tokens(one)["id_token"], 1)["sub"] for one in ("app", "rs256")}
        assert len(subjects) == 1


class TestAuthentication:
    @pytest.mark.parametrize("endpoint", AUTHENTICATING)
    def test_advertised_authentication_methods_work(self, caller: Caller, endpoint: str) -> None:
        for method in caller.metadata[f"{endpoint}_endpoint_auth_methods_supported"]:
            form, headers = caller.shown(method)
            response = caller.post(endpoint, {"token": "x", "grant_type": "refresh_token", **form}, headers)
            # It is known who asks, and what for is missing at the token endpoint alone.
            assert response.status_code == (400 if endpoint == "token" else 200), (method, response.text)
            assert endpoint != "token" or error_of(response) in {"invalid_request", "unauthorized_client"}

    @pytest.mark.parametrize("endpoint", AUTHENTICATING)
    def test_advertised_signing_algorithms_work(self, caller: Caller, endpoint: str) -> None:
        offered = caller.metadata[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert set(offered) == set(caller.provider.keys)
        form = {"grant_type": "client_credentials", "scope": "board:read", "token": "x"}
        for algorithm in offered:
            response = caller.post(endpoint, {**form, **caller.assertion(algorithm)})
            assert response.status_code == 200, (algorithm, response.text)
        for other in NOT_OFFERED:
            assert error_of(caller.post(endpoint, {**form, **caller.assertion(other)})) == "invalid_client"

    def test_other_authentication_methods_are_refused(self, caller: Caller) -> None:
        """A secret under which something is signed (client_secret_jwt), and a certificate."""
        assert set(caller.metadata["token_endpoint_auth_methods_supported"]) == {
            *("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
        }
        form = {"grant_type": "client_credentials", "client_id": "robot"}
        assert error_of(caller.post("token", form)) == "invalid_client"


class TestSigning:
    def test_advertised_id_token_algorithms_are_used(self, caller: Caller) -> None:
        clients = {"ES256": "app", "RS256": "rs256"}
        assert clients.keys() == set(caller.metadata["id_token_signing_alg_values_supported"])
        published = caller.http.get(caller.metadata["jwks_uri"]).json()["keys"]
        for algorithm, client_id in clients.items():
            header = part_of(caller.tokens(client_id)["id_token"], 0)
            assert header["alg"] == algorithm
            assert [key["alg"] for key in published if key["kid"] == header["kid"]] == [algorithm]

    def test_advertised_dpop_algorithms_work(self, caller: Caller) -> None:
        offered = caller.metadata["dpop_signing_alg_values_supported"]
        assert set(offered) == set(caller.provider.keys)
        for algorithm in [*offered, *NOT_OFFERED]:
            key = caller.provider.keys.get(algorithm, caller.provider.keys["ES256"])
            claims = {
                "jti": secrets.token_hex(8),
                "htm": "POST",
                "htu": caller.metadata["token_endpoint"],
                "iat": int(time.time()),
            }
            public = {name: value for name, value in key.as_dict(private=False).items() if name != "kid"}
            proof = caller.jwt(algorithm, claims, typ="dpop+jwt", jwk=public, kid=None)
            form = {"grant_type": "client_credentials", "scope": "board:read", **caller.assertion()}
            response = caller.post("token", form, {"dpop": proof})
            if algorithm in offered:
                assert response.json()["token_type"] == "DPoP", (algorithm, response.text)
            else:
                assert error_of(response) == "invalid_dpop_proof"
