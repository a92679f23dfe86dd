"""A provider is a preset with its variables and its issuer."""

from collections.abc import Mapping

import httpx
import pytest

from pairgrant.errors import DeviceSettingsError, ServerFaultError
from pairgrant.oauth.discovery import Discovery
from pairgrant.oauth.transport import Transport
from pairgrant.providers.given_endpoints import GivenEndpoints
from pairgrant.providers.preset_files import load_preset
from pairgrant.providers.provider import Provider, provider_of
from pairgrant_protocol.metadata import AuthorizationServerMetadata
from tests.device.simulated_server import says

ENTRA = "https://login.microsoftonline.com"


def provider(name: str, given: str = "", issuer: str | None = None) -> Provider:
    return provider_of(load_preset(name), given, issuer)


@pytest.mark.parametrize(
    ("name", "given", "issuer", "problem"),
    [
        ("auth0", "", None, "--provider-var is missing: auth0 needs domain=…"),
        ("auth0", "domain", None, "--provider-var can't be used: write it like name=value"),
        ("auth0", "domain=a/../b", None, "--provider-var can't be used: write it like name=value"),
        ("auth0", "domain=a@b.example", None, "--provider-var can't be used: write it like name=value"),
        ("github", "tenant=a", None, "--provider-var can't be used: github has no variable 'tenant'"),
        ("github", "", "https://git.example", "Choose it with --provider-var."),
        ("discord", "", "https://evil.example", "--issuer can't be used together with --provider discord"),
        ("keycloak", "", None, "--issuer is missing: --provider keycloak stands for a product"),
    ],
)
def test_missing_or_strange_choice_is_refused(
    name: str, given: str, issuer: str | None, problem: str
) -> None:
    with pytest.raises(DeviceSettingsError, match=problem.replace("(", r"\(").replace("…", ".")):
        provider(name, given, issuer)


def test_variables_become_part_of_issuer_and_endpoints() -> None:
    found = provider("github", "host=git.example:8443")
    assert found.issuer == "https://git.example:8443"
    assert found.endpoints.token == "https://git.example:8443/login/oauth/access_token"


def test_issuer_that_is_that_of_the_preset_may_be_named_too() -> None:
    assert provider("discord", "", "https://discord.com/").issuer == "https://discord.com"


@pytest.mark.parametrize(("has_secret", "name"), [(False, "google"), (True, "auth0")])
def test_secret_that_is_missing_or_forbidden_is_refused(has_secret: bool, name: str) -> None:  # noqa: FBT001
    found = provider(name, "domain=a.example" if name == "auth0" else "")
    with pytest.raises(DeviceSettingsError, match="--client-secret-file"):
        found.check_secret(has_secret=has_secret)


def test_scope_that_the_provider_needs_is_asked_for() -> None:
    with pytest.raises(DeviceSettingsError, match="--scope is missing"):
        provider("entra").check_scope(())


def documents(found: Mapping[str, object]) -> Transport:
    def respond(request: httpx.Request) -> httpx.Response:
        document = found.get(str(request.url))
        return says(b"", 404)(request) if document is None else says(document)(request)

    return Transport(httpx.AsyncClient(transport=httpx.MockTransport(respond)))


async def metadata(
    found: Mapping[str, object], of: Provider | None, issuer: str, given: GivenEndpoints | None = None
) -> AuthorizationServerMetadata:
    discovery = Discovery(documents(found), issuer=issuer, provider=of, given=given or GivenEndpoints())
    return await discovery.metadata()


class TestMetadata:
    ISSUER = "https://sso.example/realms/main"
    OPENID = f"{ISSUER}/.well-known/openid-configuration"
    BASE = f"{ISSUER}/protocol/openid-connect"

    def document(self, **changes: str) -> dict[str, object]:
        return {self.OPENID: {"issuer": self.ISSUER, "token_endpoint": f"{self.BASE}/token", **changes}}

    @property
    def keycloak(self) -> Provider:
        return provider("keycloak", "", self.ISSUER)

    async def test_gaps_are_filled_by_the_preset(self) -> None:
        found = await metadata(self.document(), self.keycloak, self.ISSUER)
        assert found.device_authorization_endpoint == f"{self.BASE}/auth/device"

    async def test_preset_alone_does_without_metadata(self) -> None:
        found = await metadata({}, self.keycloak, self.ISSUER)
        assert found.token_endpoint == f"{self.BASE}/token"

    async def test_server_without_metadata_and_preset_is_an_error(self) -> None:
        with pytest.raises(ServerFaultError):
            await metadata({}, None, self.ISSUER)

    @pytest.mark.parametrize("name", ["token_endpoint", "device_authorization_endpoint"])
    async def test_endpoint_at_another_origin_than_the_presets_is_refused(self, name: str) -> None:
        document = self.document(**{name: "https://evil.example/token"})
        with pytest.raises(ServerFaultError, match=r"https://evil\.example"):
            await metadata(document, self.keycloak, self.ISSUER)

    async def test_endpoint_that_the_user_names_replaces_all_others(self) -> None:
        document = self.document(token_endpoint="https://other.example/token")
        given = GivenEndpoints(token="https://other.example/mine")
        found = await metadata(document, self.keycloak, self.ISSUER, given)
        assert found.token_endpoint == "https://other.example/mine"

    async def test_two_endpoints_that_the_user_names_need_no_metadata(self) -> None:
        given = GivenEndpoints(device="https://a.example/d", token="https://a.example/t")
        found = await metadata({}, None, "https://a.example", given)
        assert (found.device_authorization_endpoint, found.token_endpoint) == (given.device, given.token)

    @pytest.mark.parametrize("tenant", ["common", "contoso.onmicrosoft.com"])
    async def test_issuer_template_of_entra_is_accepted_with_its_preset(self, tenant: str) -> None:
        of = provider("entra", f"tenant={tenant}")
        document = {
            f"{of.issuer}/.well-known/openid-configuration": {
                "issuer": f"{ENTRA}/{{tenantid}}/v2.0",
                "token_endpoint": f"{ENTRA}/{tenant}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{ENTRA}/{tenant}/oauth2/v2.0/devicecode",
                "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
            }
        }
        found = await metadata(document, of, of.issuer)
        assert found.issuer == f"{ENTRA}/{tenant}/v2.0"
        assert found.userinfo_endpoint == "https://graph.microsoft.com/oidc/userinfo"
        with pytest.raises(ServerFaultError):  # RFC 8414 §3.3, without the preset
            await metadata(document, None, of.issuer)

    @pytest.mark.parametrize("issuer", [f"{ENTRA}/a/b/v2.0", "https://evil.example/a/v2.0", 7, None])
    def test_no_other_issuer_is_accepted(self, issuer: object) -> None:
        assert not provider("entra").accepts_issuer(issuer)
