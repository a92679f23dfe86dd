"""The methods of the store that change something."""

from pairgrant_server.authorization_server.store.interface.store import Store

READS = {
    "client",
    "has_device_with_key",
    "clients",
    "user",
    "user_by_name",
    "users",
    "grant",
    "polled_grant",
    "grant_by_user_code",
} | {
    *("connected_device", "connected_devices", "session", "attempts", "signing_keys", "notices"),
    *("authorization", "consent", "is_spent", "initial_access_tokens", "upstreams", "identities"),
    "defined_scopes",
    *("user_by_identity", "earlier_connections", "unconfirmed_devices", "grant_viewers"),
    *("session_pairings", "device_key", "device_keys", "reports_about", "has_reports", "reports", "outbox"),
    *("due_removals", "has_removed", "device_page", "device_origins", "device_events"),
    *("refreshed_device", "redeemed_grant", "token_holder"),
}
"""What the store is only asked; all its other methods change something, and can be interrupted."""

CHANGES = sorted(
    name
    for name in dir(Store)
    if not name.startswith("_") and name not in READS and name not in {"listen", "close"}
)
