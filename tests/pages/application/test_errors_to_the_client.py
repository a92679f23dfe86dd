"""Errors that are sent to the client's redirect URI: RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6."""

import pytest

from tests.pages.application.code_flow_steps import (
    ISSUER,
    approve,
    authorize_url,
    follow,
    response_parameters,
)
from tests.pages.site_under_test import Browser, SiteUnderTest


class TestErrorsToTheClient:
    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"request": "e30."}, "request_not_supported"),
            ({"request_uri": "https://evil.example/request"}, "request_uri_not_supported"),
            ({"registration": "{}"}, "registration_not_supported"),
            ({"id_token_hint": "e30.e30."}, "invalid_request"),
            ({"resource": "https://other.example"}, "invalid_target"),
        ],
    )
    async def test_unsupported_parameter_is_an_error_to_the_client(
        self, app: SiteUnderTest, browser: Browser, changes: dict[str, str | None], error: str
    ) -> None:
        response = response_parameters(await follow(browser, authorize_url(**changes)))
        assert (response["error"], response["state"], response["iss"]) == (error, "a state&", ISSUER)

    @pytest.mark.parametrize(
        "state", ["a&code=evil#x", "ä 日本", "\r\nset-cookie: x=1", '"><script>', "%00%26"]
    )
    async def test_error_to_the_client_has_the_unchanged_state(
        self, app: SiteUnderTest, alices: Browser, state: str
    ) -> None:
        refused = await follow(alices, authorize_url(state=state, response_type="token"))
        assert response_parameters(refused)["state"] == state
        assert "set-cookie" not in refused.headers
        assert (await approve(alices, authorize_url(state=state)))["state"] == state

    async def test_error_is_sent_to_the_redirect_uri(self, app: SiteUnderTest, browser: Browser) -> None:
        response = response_parameters(await follow(browser, authorize_url(response_type="token")))
        assert response["error"] == "unsupported_response_type"
        assert (response["state"], response["iss"]) == ("a state&", ISSUER)

    async def test_prompt_none_without_sign_in_is_login_required(
        self, app: SiteUnderTest, browser: Browser
    ) -> None:
        response = response_parameters(await follow(browser, authorize_url(prompt="none")))
        assert (response["error"], response["state"]) == ("login_required", "a state&")

    async def test_prompt_none_without_consent_is_consent_required(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        assert (
            response_parameters(await follow(alices, authorize_url(prompt="none")))["error"]
            == "consent_required"
        )
