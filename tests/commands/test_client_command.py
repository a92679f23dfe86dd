"""``pairgrant-server client``: every field of a registration is set by an option and shown in words."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.commands.client.fields import FIELDS
from pairgrant_server.commands.client.options import OPTIONS
from tests.commands.command_line import CommandLine, Finished, output_of, refusal_of


def policy_of(run: CommandLine, client_id: str) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads(output_of(run("client", "show", client_id, "--json")))["policy"]
    return policy


def add_tv(run: CommandLine, *words: str) -> Finished:
    grants = ("--grant", "device_code", "--grant", "refresh_token")
    return run(
        "client", "add", "tv", "--name", "Lobby TV", *grants, "--scope", "openid profile email", *words
    )


@pytest.fixture
def jwks(tmp_path: Path) -> Path:
    file = tmp_path / "keys.json"
    key = ECKey.generate_key("P-256", {"kid": "k1"})
    file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    return file


def test_every_field_of_a_registration_has_an_option_and_a_key_in_files() -> None:
    decided = {one.name for one in fields(Client)} | {one.name for one in fields(ClientPolicy)}
    decided -= {"client_id", "created_at", "secret_digest", "policy", "registered_with"}
    assert {option.field for option in OPTIONS} == set(FIELDS) == decided


def test_every_field_is_set_by_its_option_and_shown_in_words(
    pairgrant_server: CommandLine, jwks: Path
) -> None:
    words = (
        *("--grant", "device_code", "--grant", "refresh_token", "--grant", "authorization_code"),
        *("--grant", "client_credentials", "--grant", "jwt_bearer"),
        *("--scope", "openid profile email", "--optional-scope", "email"),
        *("--redirect-uri", "https://tv.example/cb", "--post-logout-redirect-uri", "https://tv.example/bye"),
        *("--device-code-lifetime", "5m", "--access-token-lifetime", "90s"),
        *("--refresh-token-lifetime", "1d", "--connection-lifetime", "1w"),
        *("--resource", "https://api.example", "--serves", "https://tv.example/api"),
        *("--id-token-alg", "RS256", "--dpop", "--device-pkce", "--par", "--same-network", "--return-pin"),
        *("--trusted-network", "192.0.2.0/24", "--enrolled-key", "k" * 43),
        *("--device-authorizations-per-minute", "7", "--jwks", str(jwks), "--ignore-device-names"),
        *("--assertion-issuer", f"https://idp.example={jwks}", "--endpoint-audience"),
        *("--profile", "strict", "--number-match", "required", "--fresh-scan", "off", "--prefill", "never"),
        *("--strong-scope", "email", "--weak-connection-lifetime", "1d"),
        *("--device-label", "--require-known-device"),
    )
    added = pairgrant_server("client", "add", "all", "--name", "All of it", *words)
    assert output_of(added).startswith("Added the confidential client all.")
    assert "What a copied token is worth: Nothing without the key" in added.stderr
    assert "Number match required, fresh scan off, prefilled codes never." in added.stderr
    shown = output_of(pairgrant_server("client", "show", "all"))
    for sentence in (
        "it authenticates with its own keys",
        "Grants: authorization_code, client_credentials, device_code, jwt_bearer, refresh_token.",
        "Scopes that a person may decline: email.",
        "Redirect URIs after sign-in: https://tv.example/cb.",
        "Redirect URIs after sign-out: https://tv.example/bye.",
        "APIs that it may request tokens for, in addition to this server's: https://api.example.",
        "APIs that it is, so that it may introspect their tokens: https://tv.example/api.",
        "Issuers whose assertions it may exchange: https://idp.example.",
        "What its devices call themselves is not shown.",
        "Its assertions may name an endpoint of this server as aud",
        "ID tokens are signed with RS256.",
        "Device code: 5 minutes.",
        "Access token: 1 minute 30 seconds.",
        "Refresh token, unused: 1 day.",
        "Connection, even if in use: 7 days.",
        "Bind its tokens to a key (DPoP).",
        "one of the enrolled keys: " + "k" * 43,
        "Use PKCE in the device flow.",
        "Push its authorization requests (PAR).",
        "one of these networks: 192.0.2.0/24.",
        "from the device's own network.",
        "Ask for three digits on the device",
        "at most 7 device authorizations per minute",
        "Profile strict: only a device that is proved to be near the person is approved.",
        "a device that can't show a number is refused. (its own rule)",
        "The QR code doesn't change. (its own rule)",
        "The person always types the code. (its own rule)",
        "Scopes only on strong evidence: email.",
        "Connection without strong evidence: 1 day.",
        "Send a label that was set up at the device",
        "Start with a proof of an enrolled key",
    ):
        assert sentence in shown
    assert set(policy_of(pairgrant_server, "all")) == {rule.name for rule in fields(ClientPolicy)}


def test_client_without_a_policy_shows_the_settings_of_the_server(pairgrant_server: CommandLine) -> None:
    add_tv(pairgrant_server)
    shown = output_of(pairgrant_server("client", "show", "tv", PAIRGRANT_ACCESS_TOKEN_LIFETIME="1200"))
    assert "Access token: 20 minutes (the server's setting)." in shown
    assert "What it must do" not in shown


def test_set_changes_only_the_given_options(pairgrant_server: CommandLine) -> None:
    add_tv(pairgrant_server, "--return-pin", "--trusted-network", "192.0.2.0/24")
    shown = output_of(
        pairgrant_server("client", "set", "tv", "--access-token-lifetime", "5m", "--name", "TV")
    )
    assert "tv: TV" in shown
    assert "Access token: 5 minutes." in shown
    assert policy_of(pairgrant_server, "tv") == {
        "access_token_lifetime": 300,
        "requires_return_pin": True,
        "trusted_networks": ["192.0.2.0/24"],
    }


def test_set_of_enrolled_keys_says_that_connected_devices_stay(pairgrant_server: CommandLine) -> None:
    output_of(pairgrant_server("client", "add", "tv", "--name", "TV", "--grant", "device_code"))
    said = pairgrant_server("client", "set", "tv", "--enrolled-key", "k" * 43).stderr
    assert "devices that are connected stay so" in said
    assert "user revoke-device" in said
    assert "stay so" not in pairgrant_server("client", "set", "tv", "--enrolled-key", "").stderr


def test_set_restores_defaults(pairgrant_server: CommandLine) -> None:
    add_tv(
        pairgrant_server,
        *("--return-pin", "--trusted-network", "192.0.2.0/24", "--access-token-lifetime", "5m"),
        *("--device-authorizations-per-minute", "6", "--optional-scope", "email"),
    )
    words = (
        *("--no-return-pin", "--trusted-network", "", "--access-token-lifetime", "default"),
        *("--device-authorizations-per-minute", "default", "--optional-scope", ""),
    )
    output_of(pairgrant_server("client", "set", "tv", *words))
    assert policy_of(pairgrant_server, "tv") == {}
    assert "already has these values" in output_of(pairgrant_server("client", "set", "tv", *words))


def test_secret_is_generated_shown_once_and_replaced(pairgrant_server: CommandLine) -> None:
    added = add_tv(pairgrant_server, "--secret")
    secret = output_of(added).splitlines()[1]
    assert len(secret) == 43
    assert "shown only once" in added.stderr
    assert secret not in output_of(pairgrant_server("client", "show", "tv", "--json"))
    renewed = output_of(pairgrant_server("client", "secret", "tv")).splitlines()[1]
    assert renewed not in {secret, ""}
    typed = pairgrant_server("client", "secret", "tv", "--secret-stdin", stdin="a secret of a fair length\n")
    assert output_of(typed) == "The client tv has a new secret.\n"


def test_client_changes_from_secret_to_keys_to_public(pairgrant_server: CommandLine, jwks: Path) -> None:
    add_tv(pairgrant_server, "--secret")
    assert "it authenticates with a secret" in output_of(pairgrant_server("client", "show", "tv"))
    assert "it authenticates with its own keys" in output_of(
        pairgrant_server("client", "set", "tv", "--jwks", str(jwks))
    )
    assert "not both" in refusal_of(pairgrant_server("client", "secret", "tv"))
    assert "it has no secret" in output_of(pairgrant_server("client", "set", "tv", "--public"))


def test_client_that_acts_for_itself_gets_no_default_scope(pairgrant_server: CommandLine) -> None:
    output_of(
        pairgrant_server("client", "add", "job", "--name", "Job", "--grant", "client_credentials", "--secret")
    )
    assert "Scopes: none." in output_of(pairgrant_server("client", "show", "job"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--access-token-lifetime", "soon"), "--access-token-lifetime: write a duration like"),
        (("--access-token-lifetime", "2d"), "--access-token-lifetime: Use 10"),
        (("--device-authorizations-per-minute", "many"), "write a number"),
        (("--trusted-network", "192.0.2.1/24"), "--trusted-network: '192.0.2.1/24' is not a network"),
        (("--par",), "--par: The rule has no effect without the grant authorization_code"),
        (("--jwks", "/no/such/file"), "--jwks: /no/such/file can't be read"),
        (("--assertion-issuer", "https://idp.example"), "https://idp.example=keys.json"),
        (("--optional-scope", "board:read"), "--optional-scope: Only a scope of the client"),
        ((), "Give at least one option"),
    ],
)
def test_invalid_value_is_refused_with_the_name_of_its_option(
    pairgrant_server: CommandLine, words: tuple[str, ...], sentence: str
) -> None:
    add_tv(pairgrant_server)
    assert sentence in refusal_of(pairgrant_server("client", "set", "tv", *words))


@pytest.mark.parametrize("command", ["show", "secret", "remove"])
def test_unknown_client_is_refused(pairgrant_server: CommandLine, command: str) -> None:
    assert "client list" in refusal_of(pairgrant_server("client", command, "unknown"))


def test_list_prints_json(pairgrant_server: CommandLine) -> None:
    add_tv(pairgrant_server)
    (client,) = json.loads(output_of(pairgrant_server("client", "list", "--json")))
    assert (client["client_id"], client["kind"], client["jwks"]) == ("tv", "public", None)


class TestUnknownScopes:
    def test_scope_without_a_description_is_noted_when_a_client_is_added(
        self, pairgrant_server: CommandLine
    ) -> None:
        words = ("client", "add", "tv", "--name", "TV", "--grant", "device_code", "--scope")
        done = pairgrant_server(*words, "openid bord:read")
        output_of(done)
        assert "no description of the scope bord:read" in done.stderr
        assert "openid" not in done.stderr

    def test_scope_without_a_description_is_noted_when_scopes_are_changed(
        self, pairgrant_server: CommandLine
    ) -> None:
        assert "Note" not in add_tv(pairgrant_server).stderr
        assert "bord:read" in pairgrant_server("client", "set", "tv", "--scope", "bord:read").stderr
        assert "Note" not in pairgrant_server("client", "set", "tv", "--name", "TV").stderr
