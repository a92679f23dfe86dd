"""RFC 8628 §4 with RFC 8414: the endpoints of steps (A) and (E), from a document that is checked."""

from typing import Any

import pytest

from pairgrant_protocol.messages import MalformedMessageError
from pairgrant_protocol.metadata import (
    AuthorizationServerMetadata,
    IssuerError,
    check_issuer,
    metadata_urls,
)

ISSUER = "https://pair.example"


def members(**changes: Any) -> dict[str, Any]:
    return {"issuer": ISSUER, "token_endpoint": "https://pair.example/oauth/token", **changes}


def parse(expected_issuer: str = ISSUER, **changes: Any) -> AuthorizationServerMetadata:
    return AuthorizationServerMetadata.parse(members(**changes), expected_issuer=expected_issuer)


class TestIssuer:
    """RFC 8414 §2."""

    @pytest.mark.parametrize(
        ("typed", "issuer"),
        [
            ("https://pair.example", "https://pair.example"),
            ("https://pair.example/", "https://pair.example"),
            ("https://pair.example/tenant/", "https://pair.example/tenant"),
            ("https://pair.example/realms/home", "https://pair.example/realms/home"),
            ("http://192.168.1.20:8080", "http://192.168.1.20:8080"),
        ],
    )
    def test_issuer_is_a_web_address_without_a_trailing_slash(self, typed: str, issuer: str) -> None:
        assert check_issuer(typed) == issuer

    @pytest.mark.parametrize(
        "typed",
        ["", "pair.example", "ftp://pair.example", "https://", "https://me:pw@pair.example", "https://a b"],
    )
    def test_other_text_is_refused_with_an_example(self, typed: str) -> None:
        with pytest.raises(IssuerError, match=r"is not an issuer: write it like https://pair\.example$"):
            check_issuer(typed)

    @pytest.mark.parametrize(
        "typed", ["https://pair.example?a=b", "https://pair.example/?", "https://pair.example/#x"]
    )
    def test_issuer_with_a_query_or_a_fragment_is_refused(self, typed: str) -> None:
        with pytest.raises(IssuerError, match=r"^an issuer has neither a query nor a fragment: "):
            check_issuer(typed)

    def test_error_is_safe_to_show_in_a_terminal(self) -> None:
        with pytest.raises(IssuerError) as caught:
            check_issuer("https://pair.example/\x1b[2J")
        assert "\x1b" not in str(caught.value)


class TestUrls:
    def test_urls_of_an_issuer_without_a_path(self) -> None:
        assert metadata_urls("https://pair.example:8443") == (
            "https://pair.example:8443/.well-known/oauth-authorization-server",
            "https://pair.example:8443/.well-known/openid-configuration",
        )

    def test_rfc_8414_puts_its_suffix_before_the_path_and_openid_after_it(self) -> None:
        assert metadata_urls("https://pair.example/realms/home") == (
            "https://pair.example/.well-known/oauth-authorization-server/realms/home",
            "https://pair.example/realms/home/.well-known/openid-configuration",
        )


class TestDocument:
    def test_every_endpoint_is_read(self) -> None:
        endpoints = {
            name: f"https://pair.example/{name}"
            for name in (
                "token_endpoint",
                "device_authorization_endpoint",
                "revocation_endpoint",
                "userinfo_endpoint",
                "jwks_uri",
            )
        }
        resources = ["https://api.example/", "https://pair.example/api"]

        found = parse(
            **endpoints, protected_resources=resources, dpop_signing_alg_values_supported=["ES256", "RS256"]
        )
        assert {name: getattr(found, name) for name in endpoints} == endpoints
        assert found.issuer == ISSUER
        assert found.protected_resources == tuple(resources)
        assert found.dpop_algorithms == ("ES256", "RS256")

    @pytest.mark.parametrize(
        "nothing",
        [{}, {"device_authorization_endpoint": None, "jwks_uri": ""}, {"protected_resources": None}],
    )
    def test_endpoint_that_is_not_offered_is_none(self, nothing: dict[str, Any]) -> None:
        assert parse(**nothing) == AuthorizationServerMetadata(ISSUER, "https://pair.example/oauth/token")

    def test_unknown_members_are_ignored(self) -> None:
        assert parse(scopes_supported=["openid"], response_types_supported=[]) == parse()

    @pytest.mark.parametrize(
        ("said", "meant"), [(True, True), (False, False), (None, False), ("true", False)]
    )
    def test_only_true_announces_iss(self, said: object, meant: bool) -> None:  # noqa: FBT001
        document: dict[str, Any] = {"authorization_response_iss_parameter_supported": said}
        assert parse(**document).names_issuer is meant

    def test_document_without_a_token_endpoint_is_malformed(self) -> None:
        with pytest.raises(MalformedMessageError, match=r"^token_endpoint is missing$"):
            parse(token_endpoint=None)

    @pytest.mark.parametrize("resources", ["https://api.example", {}, [5], ["https://api.example", None]])
    @pytest.mark.parametrize(
        "name",
        [
            "protected_resources",
            "dpop_signing_alg_values_supported",
            "code_challenge_methods_supported",
        ],
    )
    def test_member_that_is_not_a_list_of_texts_is_refused(self, name: str, resources: object) -> None:
        document: dict[str, Any] = {name: resources}
        with pytest.raises(MalformedMessageError, match=rf"^{name} is not a list of texts$"):
            parse(**document)


class TestIssuerMismatch:
    """RFC 8414 §3.3: the document must name the issuer that was asked."""

    @pytest.mark.parametrize(
        "issuer",
        [
            "https://evil.example",
            "http://pair.example",
            "https://pair.example:443",
            "https://PAIR.example",
            "https://pair.example/tenant",
            "https://pair.example.evil.example",
        ],
    )
    def test_document_of_another_issuer_is_refused(self, issuer: str) -> None:
        with pytest.raises(MalformedMessageError, match=r"^the document names another issuer than the one"):
            parse(issuer=issuer)

    @pytest.mark.parametrize("issuer", [None, "", 5, [ISSUER]])
    def test_document_without_an_issuer_is_refused(self, issuer: object) -> None:
        with pytest.raises(MalformedMessageError, match=r"^issuer is "):
            parse(issuer=issuer)

    def test_trailing_slash_of_an_issuer_is_tolerated(self) -> None:
        assert parse(issuer="https://pair.example/").issuer == ISSUER

    def test_path_is_part_of_the_issuer(self) -> None:
        path_issuer = "https://pair.example/realms/home"

        assert parse(path_issuer, issuer=path_issuer).issuer == path_issuer
        with pytest.raises(MalformedMessageError, match=r"^the document names another issuer"):
            parse(path_issuer, issuer="https://pair.example/realms/work")


class TestEndpoints:
    NAMES = (
        "token_endpoint",
        "device_authorization_endpoint",
        "authorization_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
    )

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("issuer", [ISSUER, "HTTPS://pair.example"])
    @pytest.mark.parametrize("uri", ["http://pair.example/x", "HTTP://pair.example/x", "http://localhost/x"])
    def test_https_issuer_has_no_http_endpoint(self, name: str, issuer: str, uri: str) -> None:
        with pytest.raises(MalformedMessageError, match=f"^{name} falls back from https to http$"):
            AuthorizationServerMetadata.parse(
                members(**{"issuer": issuer, name: uri}), expected_issuer=issuer
            )

    def test_https_issuer_has_no_http_protected_resource(self) -> None:
        with pytest.raises(
            MalformedMessageError, match=r"^protected_resources falls back from https to http$"
        ):
            parse(protected_resources=["https://api.example", "http://api.example"])

    def test_scheme_is_compared_in_any_case(self) -> None:
        assert parse(jwks_uri="HTTPS://pair.example/jwks").jwks_uri == "HTTPS://pair.example/jwks"

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_http_issuer_may_have_endpoints_of_both_schemes(self, scheme: str) -> None:
        demo = "http://192.168.1.20:8080"

        parsed = parse(demo, issuer=demo, token_endpoint=f"{scheme}://192.168.1.20:8080/oauth/token")
        assert parsed.token_endpoint == f"{scheme}://192.168.1.20:8080/oauth/token"

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize(
        "uri", ["/oauth/token", "javascript:alert(1)", "https://a@pair.example/", "https://x\n"]
    )
    def test_endpoint_that_is_not_a_web_address_is_refused(self, name: str, uri: str) -> None:
        with pytest.raises(MalformedMessageError, match=f"^{name} is not an http or https address"):
            parse(**{name: uri})

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("value", [5, True, ["https://pair.example"], {}])
    def test_endpoint_of_another_type_is_refused(self, name: str, value: Any) -> None:
        with pytest.raises(MalformedMessageError, match=f"^{name} is not a text"):
            parse(**{name: value})


class TestCompletion:
    """RFC 8414 and OpenID Connect Discovery: a server may divide its metadata between two documents."""

    def test_missing_members_come_from_the_other_document(self) -> None:
        first = parse(device_authorization_endpoint="https://pair.example/device")
        second = parse(
            device_authorization_endpoint="https://pair.example/other",
            userinfo_endpoint="https://pair.example/userinfo",
        )
        whole = first.completed_by(second)
        assert whole.device_authorization_endpoint == "https://pair.example/device"
        assert whole.userinfo_endpoint == "https://pair.example/userinfo"
        assert whole.issuer == first.issuer
