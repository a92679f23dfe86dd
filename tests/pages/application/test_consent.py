"""Remembered consent and optional scopes: OpenID Connect Core §3.1.2.4, RFC 8252 §8.6."""

from dataclasses import replace

import pytest

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from tests.pages.application.code_flow_steps import (
    CODE_GRANTS,
    approve,
    authorize_url,
    change_client,
    follow,
    redeem,
    response_parameters,
)
from tests.pages.site_under_test import Browser, SiteUnderTest


async def test_page_says_that_an_application_registered_itself(app: SiteUnderTest, alices: Browser) -> None:
    sentence = "This application registered itself and was not checked by pair.example."
    assert sentence not in (await follow(alices, authorize_url())).text
    client = next(one for one in await app.backend.parts.clients.all() if one.name == "A Web App")
    await app.backend.parts.clients.replace(replace(client, registered_with="integrators"))
    assert sentence in (await follow(alices, authorize_url())).text


class TestRememberedConsent:
    async def test_remembered_consent_skips_the_page(self, app: SiteUnderTest, alices: Browser) -> None:
        await approve(alices)
        assert "code" in response_parameters(await follow(alices, authorize_url()))
        assert "code" in response_parameters(
            await follow(alices, authorize_url(prompt="none", scope="openid"))
        )

    async def test_additional_scope_needs_consent_again(self, app: SiteUnderTest, alices: Browser) -> None:
        await approve(alices)
        page = await follow(alices, authorize_url(scope="openid profile email"))
        assert "Allow this application?" in page.text

    @pytest.mark.parametrize("prompt", ["consent", "select_account"])
    async def test_prompt_consent_always_shows_the_page(
        self, app: SiteUnderTest, alices: Browser, prompt: str
    ) -> None:
        await approve(alices)
        assert (await follow(alices, authorize_url(prompt=prompt))).status_code == 200

    async def test_remembered_consent_belongs_to_one_person(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        await approve(alices)
        bobs = await app.browser("198.51.100.9")
        await bobs.sign_in("bob")
        assert (await follow(bobs, authorize_url())).status_code == 200

    async def test_client_that_others_could_impersonate_always_needs_consent(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        """RFC 8252 §8.6."""
        back = "http://127.0.0.1:51004/callback"
        native = authorize_url(client_id="native", redirect_uri=back)
        assert "code" in await approve(alices, native, back)
        assert (await follow(alices, native)).status_code == 200

    async def test_removing_the_application_removes_the_remembered_consent(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        assert (await redeem(app, (await approve(alices))["code"])).status_code == 200
        page = await alices.open("/devices")
        assert "App in a browser" in page.text
        await alices.post("/devices/revoke", alices.forms()["/devices/remove"])
        assert (await follow(alices, authorize_url())).status_code == 200

    async def test_application_that_is_being_removed_needs_consent_unless_that_is_undone(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        assert (await redeem(app, (await approve(alices))["code"])).status_code == 200
        await alices.open("/devices")
        await alices.submit("/devices/remove")
        assert (await follow(alices, authorize_url())).status_code == 200
        await alices.open("/devices")
        await alices.submit("/devices/undo")
        assert "code" in response_parameters(await follow(alices, authorize_url()))

    async def test_unticked_scope_is_removed_from_the_remembered_consent(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        await change_client(app, policy=ClientPolicy(optional_scope=("email",)))
        await follow(alices, authorize_url(scope="openid email"))
        await alices.submit("/authorize/consent", decision="approve", **{"optional email": "yes"})
        assert "code" in response_parameters(
            await follow(alices, authorize_url(scope="openid email", prompt="none"))
        )
        await follow(alices, authorize_url(scope="openid email", prompt="consent"))
        await alices.submit("/authorize/consent", decision="approve")
        refused = response_parameters(
            await follow(alices, authorize_url(scope="openid email", prompt="none"))
        )
        assert refused["error"] == "consent_required"
        assert "code" in response_parameters(
            await follow(alices, authorize_url(scope="openid", prompt="none"))
        )

    async def test_offline_access_needs_consent_the_first_time(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        await approve(alices)
        response = response_parameters(
            await follow(alices, authorize_url(scope="openid profile offline_access", prompt="none"))
        )
        assert response["error"] == "consent_required"

    async def test_remembered_consent_does_not_apply_to_device_grants(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        await change_client(app, grant_types=CODE_GRANTS | {GrantType.DEVICE_CODE}, secret_digest=None)
        response = await approve(alices)
        assert "code" in response
        pairing = await app.start_pairing(client_id="web", scope="openid")
        page = await alices.follow(await alices.enter(pairing.user_code))
        assert "Connect this device?" in page.text


class TestOptionalScopes:
    async def test_unticked_optional_scope_is_not_granted(self, app: SiteUnderTest, alices: Browser) -> None:
        await change_client(app, policy=ClientPolicy(optional_scope=("profile", "email")))
        page = await follow(alices, authorize_url(scope="openid profile email"))
        assert page.text.count('type="checkbox"') == 2
        response = await alices.submit("/authorize/consent", decision="approve", **{"optional email": "yes"})
        tokens = (await redeem(app, response_parameters(response)["code"])).json()
        assert tokens["scope"] == "openid email"
