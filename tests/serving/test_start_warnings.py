"""What the server warns its operator about when it starts."""

import re
from pathlib import Path

from pairgrant.commands import kiosk
from pairgrant.commands.kiosk import CONFIG, KIOSK
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.serving.start_warnings import (
    DEVICE_VARIABLES,
    clients_below_standard,
    long_device_codes,
    unknown_variables,
)
from pairgrant_server.settings import Settings


def client(client_id: str, lifetime: int | None) -> Client:
    return Client(
        client_id, client_id, frozenset(), (), 0.0, policy=ClientPolicy(device_code_lifetime=lifetime)
    )


def test_device_codes_of_more_than_ten_minutes_are_named() -> None:
    clients = [client("own", 1800), client("short", 600), client("default", None)]
    settings = ServerSettings("https://pair.example", device_code_lifetime=601)
    assert long_device_codes(clients, settings) == ["PAIRGRANT_DEVICE_CODE_LIFETIME: 601", "client own: 1800"]


def test_device_codes_of_ten_minutes_are_not_warned_about() -> None:
    assert long_device_codes([client("short", 600)], ServerSettings("https://pair.example")) == []


def test_clients_with_the_open_profile_and_the_device_grant_are_warned_about() -> None:
    device, service = frozenset({GrantType.DEVICE_CODE}), frozenset({GrantType.CLIENT_CREDENTIALS})
    policy = ClientPolicy(profile="open")
    clients = [
        Client("open", "Open", device, (), 0.0, policy=policy),
        Client("service", "Service", service, (), 0.0, policy=policy),
        Client("default", "Default", device, (), 0.0),
    ]
    assert clients_below_standard(clients) == ["open"]


def test_misspelt_setting_is_named_with_the_nearest_one() -> None:
    assert unknown_variables(["PAIRGRANT_TRUSTED_PROXY", "PAIRGRANT_PUBLICURL", "PAIRGRANT_X", "PATH"]) == [
        "PAIRGRANT_PUBLICURL is no setting, so it is ignored; did you mean PAIRGRANT_PUBLIC_URL?",
        "PAIRGRANT_TRUSTED_PROXY is no setting, so it is ignored; did you mean PAIRGRANT_TRUSTED_PROXIES?",
        "PAIRGRANT_X is no setting, so it is ignored",
    ]


def test_settings_of_both_programs_are_not_warned_about() -> None:
    settings = [f"PAIRGRANT_{name.upper()}" for name in Settings.model_fields]
    assert unknown_variables([*settings, *DEVICE_VARIABLES, "pairgrant_trusted_proxies"]) == []


def test_variables_of_the_device_are_those_that_its_options_read() -> None:
    commands = Path(kiosk.__file__).parent.glob("*.py")
    source = "".join(file.read_text(encoding="utf-8") for file in commands)
    named = set(re.findall(r"PAIRGRANT_[A-Z_]*[A-Z]", source))
    of_options = {option.variable for option in (*KIOSK, CONFIG) if option.has_variable}
    assert named | of_options == DEVICE_VARIABLES
