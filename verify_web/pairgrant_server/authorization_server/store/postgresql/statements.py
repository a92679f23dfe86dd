"""The statements that serve many callers at once: arrays in, one row for each item found or changed out.

A batch is atomic, and a compare-and-set compares inside the statement: PostgreSQL looks at the condition again once it
holds the row, so of two servers that want the same row one wins.
"""
# ruff: noqa: S608 - what is put into these statements are names and types of our own, never a value

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from typing import Any

from pairgrant_server.authorization_server.model.records import (
    AuthorizationGrant,
    Client,
    ConnectedDevice,
    Consent,
    DeviceGrant,
    Identity,
    InitialAccessToken,
    Notice,
    PolledGrant,
    SigningKey,
    Upstream,
    User,
    WebSession,
)

GRANTS_CHANNEL = "pairgrant_grant"
"""``NOTIFY``'s channel: the id of a changed grant, in hexadecimal."""

GRANT_COLUMNS = {
    "grant_id": "bytea",
    "device_code_digest": "bytea",
    "user_code_digest": "bytea",
    "client_id": "text",
    "interval": "integer",
    "created_at": "float8",
    "expires_at": "float8",
    "device_name": "text",
    "address": "text",
    "status": "text",
    "stage": "text",
    "user_id": "text",
    "auth_time": "float8",
    "connected_device_id": "text",
    "redeemed_at": "float8",
    "replay": "bytea",
    "resource": "text",
    "dpop_jkt": "text",
    "code_challenge": "text",
    "scope": "text",
}
DEVICE_COLUMNS = {
    "device_id": "text",
    "user_id": "text",
    "client_id": "text",
    "name": "text",
    "address": "text",
    "created_at": "float8",
    "last_seen_at": "float8",
    "auth_time": "float8",
    "expires_at": "float8",
    "refresh_sequence": "bigint",
    "refresh_digest": "bytea",
    "rotated_at": "float8",
    "replay": "bytea",
    "revoked_at": "float8",
    "grant_type": "text",
    "resource": "text",
    "dpop_jkt": "text",
    "scope": "text",
}
REDEMPTION_COLUMNS = {
    **DEVICE_COLUMNS,
    "grant_id": "bytea",
    "grant_replay": "bytea",
    "now": "float8",
}
ROTATION_COLUMNS = {
    "device_id": "text",
    "expected_digest": "bytea",
    "refresh_sequence": "bigint",
    "refresh_digest": "bytea",
    "expires_at": "float8",
    "rotated_at": "float8",
    "replay": "bytea",
    "address": "text",
}
DECISION_COLUMNS = {
    "grant_id": "bytea",
    "status": "text",
    "user_id": "text",
    "auth_time": "float8",
    "now": "float8",
    "scope": "text",
}


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _given(columns: Mapping[str, str]) -> str:
    """The table of a batch's items, called ``given``; one array per column."""
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(columns.values(), start=1))
    return f"unnest({arrays}) AS given ({_names(columns)})"


def selection(table: str, record: type[Any], rest: str) -> str:
    """``SELECT`` a record's columns in the order of its fields.

    Not ``*``: a column that a newer version adds must not spoil the prepared statements of a running server.
    """
    return f"SELECT {_names(field.name for field in fields(record))} FROM {table} {rest}"


def insertion(table: str, names: Collection[str]) -> str:
    """One row; its values in the order of ``names``."""
    places = ", ".join(f"${number}" for number, _ in enumerate(names, start=1))
    return f"INSERT INTO {table} ({_names(names)}) VALUES ({places})"


def removal(table: str, key: str) -> str:
    return f"DELETE FROM {table} WHERE {key} = $1 RETURNING TRUE"


CLIENTS_BY_ID = selection("clients", Client, "WHERE client_id = ANY($1::text[])")
ALL_CLIENTS = selection("clients", Client, "ORDER BY client_id")
USERS_BY_ID = selection("users", User, "WHERE user_id = ANY($1::text[])")
USER_BY_NAME = selection("users", User, "WHERE username_key = $1")
ALL_USERS = selection("users", User, "ORDER BY username_key")
GRANTS_BY_ID = selection("device_grants", DeviceGrant, "WHERE grant_id = ANY($1::bytea[])")
POLLED_GRANTS_BY_ID = (
    f"SELECT {_names(PolledGrant._fields)}, grant_id FROM device_grants WHERE grant_id = ANY($1::bytea[])"
)
GRANT_BY_USER_CODE = selection("device_grants", DeviceGrant, "WHERE user_code_digest = $1")
DEVICES_BY_ID = selection("connected_devices", ConnectedDevice, "WHERE device_id = ANY($1::text[])")
LIVE_DEVICES_OF_USER = selection(
    "connected_devices",
    ConnectedDevice,
    "WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY created_at DESC",
)
AUTHORIZATION = selection("authorization_grants", AuthorizationGrant, "WHERE grant_id = $1")
CONSENT = selection("consents", Consent, "WHERE user_id = $1 AND client_id = $2")
INITIAL_ACCESS_TOKENS = selection("initial_access_tokens", InitialAccessToken, "ORDER BY created_at DESC")
UPSTREAMS = selection("upstreams", Upstream, "ORDER BY name")
IDENTITIES_OF_USER = selection(
    "identities", Identity, "WHERE user_id = $1 ORDER BY created_at, issuer, subject"
)
USER_BY_IDENTITY = selection(
    "users", User, "WHERE user_id = (SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2)"
)
SESSION = selection("web_sessions", WebSession, "WHERE session_digest = $1")
SIGNING_KEYS = selection("signing_keys", SigningKey, "ORDER BY created_at DESC")
NOTICES_OF_USER = selection("notices", Notice, "WHERE user_id = $1 ORDER BY created_at DESC, notice_id DESC")

ATTEMPTS_SINCE = """
SELECT given.subject, given.since,
    (SELECT coalesce(sum(count), 0) FROM attempts WHERE subject = given.subject AND window_start >= given.since) AS total
FROM unnest($1::text[], $2::bigint[]) AS given (subject, since)
"""

INSERT_GRANTS = f"""
INSERT INTO device_grants ({_names(GRANT_COLUMNS)})
SELECT {_names(GRANT_COLUMNS)} FROM {_given(GRANT_COLUMNS)}
ON CONFLICT DO NOTHING RETURNING grant_id AS won
"""

DECIDE_GRANTS = f"""
WITH decided AS (
    UPDATE device_grants SET status = given.status, user_id = given.user_id, auth_time = given.auth_time,
        scope = coalesce(given.scope, device_grants.scope)
    FROM {_given(DECISION_COLUMNS)}
    WHERE device_grants.grant_id = given.grant_id AND device_grants.status = 'pending' AND expires_at > given.now
    RETURNING device_grants.grant_id
)
SELECT grant_id AS won, pg_notify('{GRANTS_CHANNEL}', encode(grant_id, 'hex')) FROM decided
"""

REDEEM_GRANTS = f"""
WITH redeemed AS (
    UPDATE device_grants SET
        status = 'redeemed', redeemed_at = given.now, connected_device_id = given.device_id, replay = given.grant_replay
    FROM {_given(REDEMPTION_COLUMNS)}
    WHERE device_grants.grant_id = given.grant_id AND device_grants.status = 'approved'
        AND device_grants.expires_at > given.now
    RETURNING given.*
), born AS (
    INSERT INTO connected_devices ({_names(DEVICE_COLUMNS)}) SELECT {_names(DEVICE_COLUMNS)} FROM redeemed
)
SELECT grant_id AS won FROM redeemed
"""

ROTATE_REFRESH = f"""
UPDATE connected_devices SET
    refresh_sequence = given.refresh_sequence, refresh_digest = given.refresh_digest, expires_at = given.expires_at,
    rotated_at = given.rotated_at, last_seen_at = given.rotated_at, replay = given.replay, address = given.address
FROM {_given(ROTATION_COLUMNS)}
WHERE connected_devices.device_id = given.device_id AND connected_devices.refresh_digest = given.expected_digest
    AND revoked_at IS NULL
RETURNING connected_devices.device_id AS won
"""

ADVANCE_STAGE = f"""
WITH advanced AS (
    UPDATE device_grants SET stage = $2 WHERE grant_id = $1 AND status = 'pending' AND stage = ANY($3::text[])
    RETURNING grant_id
)
SELECT pg_notify('{GRANTS_CHANNEL}', encode(grant_id, 'hex')) FROM advanced
"""

SPEND_ATTEMPTS = """
INSERT INTO attempts (subject, window_start, count)
SELECT subject, $2, greatest($3, 0) FROM unnest($1::text[]) AS given (subject) ORDER BY subject -- never two in two orders
ON CONFLICT (subject, window_start) DO UPDATE SET count = greatest(attempts.count + $3, 0) RETURNING subject, count
"""
