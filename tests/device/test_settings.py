"""DeviceSettings: what a device has to know, checked before anything leaves it."""

import platform
from pathlib import Path
from typing import Any

import pytest

from pairgrant.errors import DeviceSettingsError
from pairgrant.settings import DeviceSettings
from pairgrant_protocol.secret import Secret


def test_default_settings_are_those_of_the_demo_on_this_machine() -> None:
    settings = DeviceSettings.checked()
    assert settings == DeviceSettings(
        issuer="http://127.0.0.1:8628",
        client_id="lobby-tv",
        scope=(),
        device_name=platform.node(),
    )


def test_spaces_and_trailing_slash_are_removed() -> None:
    settings = DeviceSettings.checked(issuer=" https://pair.example/ ", device_name=" Lobby\n  TV ")
    assert (settings.issuer, settings.device_name) == ("https://pair.example", "Lobby TV")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"issuer": "pair.example"}, "--issuer"),
        ({"issuer": "ftp://pair.example"}, "--issuer"),
        ({"issuer": "https://pair.example?x=1"}, "--issuer"),
        ({"issuer": "https://user@pair.example"}, "--issuer"),
        ({"issuer": "https://pair.example/\x1b[2J"}, "--issuer"),
        ({"client_id": ""}, "--client-id"),
        ({"client_id": "a\nb"}, "--client-id"),
        ({"client_id": "x" * 201}, "--client-id"),
        ({"scope": 'openid "quoted"'}, "--scope"),
        ({"scope": "caf\u00e9"}, "--scope"),
        ({"device_label": "x" * 41}, "--device-label"),
        ({"device_label": "Room\x1b[2J"}, "--device-label"),
        ({"device_label": "Room\u202e21"}, "--device-label"),
        ({"ca_file": Path("/nowhere/ca.pem")}, "--ca-file"),
    ],
)
def test_invalid_option_is_named(given: dict[str, Any], names: str) -> None:
    with pytest.raises(DeviceSettingsError, match=names) as refused:
        DeviceSettings.checked(**given)
    assert str(refused.value).isprintable()


def test_client_secret_is_not_in_a_repr() -> None:
    settings = DeviceSettings.checked(client_secret="hush-hush")
    assert settings.client_secret == Secret("hush-hush")
    assert "hush-hush" not in repr(settings)
