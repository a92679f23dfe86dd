"""Settings: what an operator sets reaches the part of the server that uses it."""

from dataclasses import fields
from typing import Any

import pytest

from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.settings import Settings, SettingsError
from tests.commands.command_tree import options_of_run

CHANGED = {
    "PAIRGRANT_PUBLIC_URL": "https://pair.example",
    "PAIRGRANT_DEVICE_CODE_LIFETIME": "61",
    "PAIRGRANT_INTERVAL": "2",
    "PAIRGRANT_ACCESS_TOKEN_LIFETIME": "62",
    "PAIRGRANT_REFRESH_TOKEN_LIFETIME": "63",
    "PAIRGRANT_CONNECTION_LIFETIME": "64",
    "PAIRGRANT_KEY_ROTATION_DAYS": "3",
    "PAIRGRANT_DEVICE_AUTHORIZATIONS_PER_ADDRESS": "65",
    "PAIRGRANT_DEVICE_AUTHORIZATIONS_PER_CLIENT": "66",
    "PAIRGRANT_AUTHORIZATION_REQUESTS_PER_ADDRESS": "67",
    "PAIRGRANT_AUTHORIZATION_REQUESTS_PER_CLIENT": "68",
    "PAIRGRANT_DPOP_NONCE": "required",
}
"""One variable for each field of ``ServerSettings``, unlike its default."""


@pytest.fixture(autouse=True)
def _only_these_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PAIRGRANT_{name.upper()}", raising=False)


def test_every_field_of_the_authorization_servers_settings_comes_from_a_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable, value in CHANGED.items():
        monkeypatch.setenv(variable, value)
    changed, default = Settings.load().for_server(), ServerSettings(public_url="")
    same = [
        one.name for one in fields(ServerSettings) if getattr(changed, one.name) == getattr(default, one.name)
    ]
    assert same == [], "pass these on in Settings.for_server, and give each a variable in CHANGED"


def test_defaults_are_those_of_the_authorization_server() -> None:
    settings = Settings.load(public_url="https://pair.example").for_server()
    assert settings == ServerSettings(public_url="https://pair.example")


def test_each_worker_gets_its_share_of_a_rate_limit() -> None:
    settings = Settings.load(workers=4, device_authorizations_per_address=61).for_server()
    assert settings.device_authorizations_per_address == 16


@pytest.mark.parametrize(("name", "option"), options_of_run().items())
def test_error_in_a_setting_of_run_names_its_option_and_its_variable(name: str, option: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.load(**{name: object()})
    assert str(refusal.value).startswith(f"{option} (PAIRGRANT_{name.upper()}): ")


@pytest.mark.parametrize(
    ("options", "public_url"),
    [
        ({"public_url": "HTTPS://PAIR.example:443/"}, "https://pair.example"),
        ({"host": "0:0:0:0:0:0:0:1"}, "http://[::1]:8628"),
        ({"host": "192.0.2.7", "port": 80}, "http://192.0.2.7"),
        ({"host": "::"}, "http://127.0.0.1:8628"),
    ],
)
def test_public_url_is_read_in_its_one_spelling(options: dict[str, Any], public_url: str) -> None:
    settings = Settings.load(**options)
    assert settings.public_url == public_url
    assert settings.for_server().public_url == public_url


@pytest.mark.parametrize("entry", ["nginx", "127.0.0.1/8", "*"])
def test_start_refuses_a_trusted_proxy_that_is_none_and_names_it(entry: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.load(trusted_proxies=f"127.0.0.1,{entry}")
    assert str(refusal.value).startswith(f"PAIRGRANT_TRUSTED_PROXIES: {entry!r} ")


def test_name_of_a_postgresql_database_has_its_port_and_no_password() -> None:
    settings = Settings.load(database="postgresql://pairgrant:p%40ss@db.example:6432/pairgrant")
    assert settings.database_name == "postgresql://db.example:6432/pairgrant"
