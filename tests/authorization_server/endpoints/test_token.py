"""What the token endpoint decides before a grant does (RFC 6749 §5.2)."""

from pathlib import Path

from pairgrant_protocol.vocabulary import GrantType
from tests.authorization_server.server_under_test import ServerUnderTest

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


async def test_unsupported_grant_type_is_answered_with_the_supported_ones(server: ServerUnderTest) -> None:
    form = {"grant_type": "password", "client_id": "lobby-tv"}
    members = (await server.post("/token", form)).json()
    assert members["error"] == "unsupported_grant_type"
    assert DEVICE_CODE in members["error_description"]


async def test_grant_type_that_the_client_may_not_use_is_named(server: ServerUnderTest) -> None:
    form = {"grant_type": "client_credentials", "client_id": "lobby-tv"}
    members = (await server.post("/token", form)).json()
    assert (members["error"], members["error_description"]) == (
        "unauthorized_client",
        "this client may not use the grant type client_credentials",
    )


async def test_every_grant_type_of_the_vocabulary_is_offered(server: ServerUnderTest) -> None:
    metadata = (await server.http.get("/.well-known/oauth-authorization-server")).json()
    assert sorted(metadata["grant_types_supported"]) == sorted(map(str, GrantType))


def test_readme_links_every_token_grant() -> None:
    root = Path(__file__).parents[3]
    folder = root / "verify_web/pairgrant_server/authorization_server/endpoints/token_grants"
    grants = {file.name for file in folder.glob("*.py")} - {"__init__.py", "token_request.py"}
    readme = (root / "README.md").read_text(encoding="utf-8")
    missing = [name for name in sorted(grants) if f"token_grants/{name})" not in readme]
    assert missing == [], "add the flow to the table of README.md"
