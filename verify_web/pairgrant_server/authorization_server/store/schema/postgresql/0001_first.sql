-- Instants are Unix time in seconds. Digests are 32 bytes. A scope is a space-separated list (RFC 6749 §3.3).
-- Identifiers are compared byte by byte (COLLATE "C"): faster, and their indexes outlive an upgrade of the system's locales.

CREATE TABLE clients (
    client_id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT NOT NULL,
    secret_digest BYTEA,
    grant_types TEXT NOT NULL,
    scope TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE users (
    user_id TEXT COLLATE "C" PRIMARY KEY,
    username TEXT NOT NULL,
    username_key TEXT COLLATE "C" NOT NULL UNIQUE, -- case-folded
    password_hash TEXT NOT NULL,
    display_name TEXT NOT NULL,
    email TEXT,
    locked BOOLEAN NOT NULL,
    created_at DOUBLE PRECISION NOT NULL
);

-- grant_id begins with the time, so that inserts go to one end of the index.
CREATE TABLE device_grants (
    grant_id BYTEA PRIMARY KEY,
    device_code_digest BYTEA NOT NULL,
    user_code_digest BYTEA NOT NULL UNIQUE,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES clients ON DELETE CASCADE,
    scope TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'redeemed')),
    stage TEXT NOT NULL,
    "interval" INTEGER NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    device_name TEXT,
    address TEXT NOT NULL,
    user_id TEXT COLLATE "C" REFERENCES users ON DELETE CASCADE,
    auth_time DOUBLE PRECISION,
    connected_device_id TEXT COLLATE "C",
    redeemed_at DOUBLE PRECISION,
    replay BYTEA
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05); -- every row lives two hours
CREATE INDEX device_grants_by_client ON device_grants (client_id);
CREATE INDEX device_grants_by_user ON device_grants (user_id) WHERE user_id IS NOT NULL;

-- A refresh changes no indexed column: with room left in the page, it touches no index (a "heap-only tuple").
CREATE TABLE connected_devices (
    device_id TEXT COLLATE "C" PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES clients ON DELETE CASCADE,
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    last_seen_at DOUBLE PRECISION NOT NULL,
    auth_time DOUBLE PRECISION NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    refresh_sequence BIGINT NOT NULL,
    refresh_digest BYTEA,
    rotated_at DOUBLE PRECISION,
    replay BYTEA,
    revoked_at DOUBLE PRECISION
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX connected_devices_by_user ON connected_devices (user_id);
CREATE INDEX connected_devices_by_client ON connected_devices (client_id);

CREATE TABLE web_sessions (
    session_digest BYTEA PRIMARY KEY,
    created_at DOUBLE PRECISION NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    user_id TEXT COLLATE "C" REFERENCES users ON DELETE CASCADE,
    auth_time DOUBLE PRECISION,
    grant_id BYTEA,
    sealed_user_code BYTEA
);
CREATE INDEX web_sessions_by_user ON web_sessions (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX web_sessions_by_expiry ON web_sessions (expires_at);

CREATE TABLE attempts (
    subject TEXT COLLATE "C" NOT NULL,
    window_start BIGINT NOT NULL, -- Unix time
    count INTEGER NOT NULL,
    PRIMARY KEY (subject, window_start)
) WITH (fillfactor = 70);
CREATE INDEX attempts_by_window ON attempts (window_start);

CREATE TABLE signing_keys (
    kid TEXT COLLATE "C" PRIMARY KEY,
    algorithm TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE notices (
    notice_id TEXT COLLATE "C" PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    text TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX notices_by_user ON notices (user_id, created_at);
