"""What must never be in the database, whenever a process was killed."""

INVARIANTS = {
    "redeemed without a device, or the other way round": (
        "SELECT client_id FROM device_grants WHERE (status = 'redeemed') <> (connected_device_id IS NOT NULL)"
    ),
    "redeemed for a device that does not exist": (
        "SELECT connected_device_id FROM device_grants WHERE connected_device_id IS NOT NULL"
        " AND connected_device_id NOT IN (SELECT device_id FROM connected_devices)"
    ),
    "redeemed at no time, or a stored response before it": (
        "SELECT client_id FROM device_grants WHERE (status = 'redeemed' AND redeemed_at IS NULL)"
        " OR (status <> 'redeemed' AND replay IS NOT NULL)"
    ),
    "cancelled without being denied": (
        "SELECT client_id FROM device_grants WHERE cancelled_at IS NOT NULL AND status <> 'denied'"
    ),
    "approved without a user": (
        "SELECT client_id FROM device_grants WHERE status IN ('approved', 'redeemed')"
        " AND (user_id IS NULL OR auth_time IS NULL)"
    ),
    "one family from two codes": (
        "SELECT connected_device_id FROM device_grants WHERE connected_device_id IS NOT NULL"
        " GROUP BY connected_device_id HAVING count(*) > 1"
    ),
    "a device without a code": (
        "SELECT device_id FROM connected_devices WHERE grant_type LIKE '%device_code' AND device_id NOT IN"
        " (SELECT connected_device_id FROM device_grants WHERE connected_device_id IS NOT NULL)"
    ),
    "a code redeemed without a family of tokens, or the other way round": (
        "SELECT client_id FROM authorization_grants"
        " WHERE (status = 'redeemed') <> (connected_device_id IS NOT NULL)"
    ),
    "a code redeemed for a family that does not exist": (
        "SELECT connected_device_id FROM authorization_grants WHERE connected_device_id IS NOT NULL"
        " AND connected_device_id NOT IN (SELECT device_id FROM connected_devices)"
    ),
    "a family from a code that was not redeemed": (
        "SELECT device_id FROM connected_devices WHERE grant_type = 'authorization_code' AND device_id NOT IN"
        " (SELECT connected_device_id FROM authorization_grants WHERE connected_device_id IS NOT NULL)"
    ),
    "revoked with a refresh token": (
        "SELECT device_id FROM connected_devices WHERE revoked_at IS NOT NULL"
        " AND (refresh_digest IS NOT NULL OR replay IS NOT NULL)"
    ),
    "renamed or removed without its history": (
        "SELECT device_id FROM connected_devices WHERE (given_name IS NOT NULL OR remove_at IS NOT NULL)"
        " AND device_id NOT IN (SELECT device_id FROM device_events)"
    ),
    "rotated at no time, or the other way round, or a stored response before it": (
        "SELECT device_id FROM connected_devices WHERE revoked_at IS NULL"
        " AND ((refresh_sequence > 1) <> (rotated_at IS NOT NULL)"
        " OR (replay IS NOT NULL AND rotated_at IS NULL))"
    ),
}
"""What must never be there, whenever the power went."""
