-- Instants are Unix time in seconds. Digests are 32 bytes. A scope is a space-separated list (RFC 6749 §3.3).

CREATE TABLE clients (
    client_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    secret_digest BLOB,
    grant_types TEXT NOT NULL,
    scope TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    user_id TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE, -- case-folded
    password_hash TEXT NOT NULL,
    display_name TEXT NOT NULL,
    email TEXT,
    locked INTEGER NOT NULL,
    created_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- grant_id begins with the time, so that inserts go to one end of the index.
CREATE TABLE device_grants (
    grant_id BLOB PRIMARY KEY,
    device_code_digest BLOB NOT NULL,
    user_code_digest BLOB NOT NULL UNIQUE,
    client_id TEXT NOT NULL REFERENCES clients ON DELETE CASCADE,
    scope TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'redeemed')),
    stage TEXT NOT NULL,
    interval INTEGER NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    device_name TEXT,
    address TEXT NOT NULL,
    user_id TEXT REFERENCES users ON DELETE CASCADE,
    auth_time REAL,
    connected_device_id TEXT,
    redeemed_at REAL,
    replay BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX device_grants_by_client ON device_grants (client_id);
CREATE INDEX device_grants_by_user ON device_grants (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE connected_devices (
    device_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients ON DELETE CASCADE,
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at REAL NOT NULL,
    last_seen_at REAL NOT NULL,
    auth_time REAL NOT NULL,
    expires_at REAL NOT NULL,
    refresh_sequence INTEGER NOT NULL,
    refresh_digest BLOB,
    rotated_at REAL,
    replay BLOB,
    revoked_at REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX connected_devices_by_user ON connected_devices (user_id);
CREATE INDEX connected_devices_by_client ON connected_devices (client_id);

CREATE TABLE web_sessions (
    session_digest BLOB PRIMARY KEY,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    user_id TEXT REFERENCES users ON DELETE CASCADE,
    auth_time REAL,
    grant_id BLOB,
    sealed_user_code BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX web_sessions_by_user ON web_sessions (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX web_sessions_by_expiry ON web_sessions (expires_at);

CREATE TABLE attempts (
    subject TEXT NOT NULL,
    window INTEGER NOT NULL, -- Unix time of the start of the window
    count INTEGER NOT NULL,
    PRIMARY KEY (subject, window)
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
    notice_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    text TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_by_user ON notices (user_id, created_at);
