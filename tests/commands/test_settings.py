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
        ({"host": "::ffff:0.0.0.0"}, "http://127.0.0.1:8628"),
        ({"host": "::ffff:127.0.0.1"}, "http://127.0.0.1:8628"),
        ({"host": "[::1]"}, "http://[::1]:8628"),
        ({"host": "localhost", "port": 80}, "http://localhost"),
        ({"host": "tv.local", "port": 443}, "http://tv.local:443"),
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


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("", "'' is no address or name"),
        ("*", "'*' is no address or name"),
        ("/run/pairgrant.sock", "'/run/pairgrant.sock' is no address or name"),
        ("unix:/run/pairgrant.sock", "'unix:/run/pairgrant.sock' is no address or name"),
        ("http://127.0.0.1", "'http://127.0.0.1' is no address or name"),
        ("127.0.0.1:80", "'127.0.0.1:80' has a port: write --host 127.0.0.1 --port 80"),
        ("[::1]:443", "'[::1]:443' has a port: write --host [::1] --port 443"),
        ("300.1", "'300.1' is no address; write it like 127.0.0.1"),
    ],
)
def test_host_that_is_none_is_refused_with_the_option_and_what_to_write(host: str, says: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.load(host=host)
    assert str(refusal.value).startswith(f"--host (PAIRGRANT_HOST): {says}")


@pytest.mark.parametrize("host", ["fe80::1%eth0", "tv.local.", "tv-"])
def test_host_that_no_url_can_name_is_refused_with_the_options_to_set(host: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.load(host=host)
    assert str(refusal.value).startswith(f"--host (PAIRGRANT_HOST) {host} ")
    assert "--public-url (PAIRGRANT_PUBLIC_URL)" in str(refusal.value)
    assert Settings.load(host=host, public_url="https://pair.example").host == host


@pytest.mark.parametrize("name", ["certfile", "keyfile"])
def test_tls_file_that_does_not_exist_is_refused_by_its_option(name: str) -> None:
    files = {"certfile": __file__, "keyfile": __file__} | {name: "/missing.pem"}
    with pytest.raises(SettingsError) as refusal:
        Settings.load(**files)
    assert str(refusal.value) == f"--{name} (PAIRGRANT_{name.upper()}): there is no file /missing.pem"


@pytest.mark.parametrize("name", ["certfile", "keyfile", "server_key_file"])
def test_empty_variable_names_no_file(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"PAIRGRANT_{name.upper()}", "")
    assert getattr(Settings.load(), name) is None


@pytest.mark.parametrize("database", ["sqlite:///:memory:", "sqlite:///file::memory:"])
def test_database_in_memory_is_refused(database: str) -> None:
    with pytest.raises(SettingsError, match=r"^--database .* name a file$"):
        Settings.load(database=database)
