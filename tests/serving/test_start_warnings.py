"""What the server warns its operator about when it starts."""

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.serving.start_warnings import clients_below_standard, long_device_codes


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
