"""A client, a person and a connected device, as the tests of the store use them."""

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.records import Client, ConnectedDevice, User

NOW = 1_790_000_000.0
CLIENT = Client("lobby-tv", "Lobby TV", frozenset({GrantType.DEVICE_CODE}), ("openid", "board:read"), NOW)
ALICE = User("u1", "alice", "$argon2id$", NOW, "Alice", "alice@example.org")
DEVICE = ConnectedDevice(
    device_id="0" * 32,
    user_id="u1",
    client_id="lobby-tv",
    scope=("openid",),
    name="Lobby",
    address="192.0.2.7",
    created_at=NOW,
    last_seen_at=NOW,
    auth_time=NOW,
    expires_at=NOW + 3600,
    refresh_sequence=1,
    refresh_digest=b"r1" * 16,
)
