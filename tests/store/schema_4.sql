-- A database that schema 4 of Pairgrant made: three clients of the operator, then two that registered themselves.

BEGIN TRANSACTION;
CREATE TABLE attempts (
    subject TEXT NOT NULL,
    window INTEGER NOT NULL, -- Unix time of the start of the window
    count INTEGER NOT NULL,
    PRIMARY KEY (subject, window)
) STRICT, WITHOUT ROWID;
CREATE TABLE authorization_grants (
    grant_id BLOB PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients ON DELETE CASCADE,
    request TEXT NOT NULL, -- JSON
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'redeemed')),
    user_id TEXT REFERENCES users ON DELETE CASCADE,
    auth_time REAL,
    scope TEXT NOT NULL,
    code_digest BLOB,
    connected_device_id TEXT,
    redeemed_at REAL
) STRICT, WITHOUT ROWID;
CREATE TABLE clients (
    client_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    secret_digest BLOB,
    grant_types TEXT NOT NULL,
    scope TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    created_at REAL NOT NULL
, jwks TEXT, policy TEXT NOT NULL DEFAULT '{}') STRICT, WITHOUT ROWID;
INSERT INTO "clients" VALUES('0123456789abcdef0123456789abcdef','Chosen by the operator',NULL,'urn:ietf:params:oauth:grant-type:device_code','openid profile','',1.79565160825185489651e+09,NULL,'{}');
INSERT INTO "clients" VALUES('019a0000000000000000000000000000','Chosen with a time by the operator',NULL,'urn:ietf:params:oauth:grant-type:device_code','openid profile','',1.79565161015782451627e+09,NULL,'{}');
INSERT INTO "clients" VALUES('01a2152d4ab40a5738941924dcb58aae','Hall TV',NULL,'urn:ietf:params:oauth:grant-type:device_code','openid profile','',1.7956516195085961818e+09,NULL,'{}');
INSERT INTO "clients" VALUES('01a2152d4af4262f93951df8db152488','Build robot',NULL,'urn:ietf:params:oauth:grant-type:device_code','openid profile','',1.79565161957210636138e+09,NULL,'{}');
INSERT INTO "clients" VALUES('lobby-tv','Lobby TV',NULL,'refresh_token urn:ietf:params:oauth:grant-type:device_code','openid profile','',1.79565160623251843449e+09,NULL,'{}');
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
, grant_type TEXT NOT NULL
    DEFAULT 'urn:ietf:params:oauth:grant-type:device_code', resource TEXT NOT NULL DEFAULT '', dpop_jkt TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE consents (
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients ON DELETE CASCADE,
    scope TEXT NOT NULL,
    granted_at REAL NOT NULL,
    PRIMARY KEY (user_id, client_id)
) STRICT, WITHOUT ROWID;
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
, resource TEXT NOT NULL DEFAULT '', dpop_jkt TEXT, code_challenge TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at REAL NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE initial_access_tokens (
    token_digest BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    scope TEXT NOT NULL,
    remaining INTEGER NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE notices (
    notice_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    text TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE spent_identifiers (
    identifier_digest BLOB PRIMARY KEY,
    expires_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE upstreams (
    name TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    sealed_secret BLOB,
    scope TEXT NOT NULL,
    creates_accounts INTEGER NOT NULL,
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
, session_epoch INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE web_sessions (
    session_digest BLOB PRIMARY KEY,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    user_id TEXT REFERENCES users ON DELETE CASCADE,
    auth_time REAL,
    grant_id BLOB,
    sealed_user_code BLOB
, sealed_upstream BLOB, session_epoch INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX device_grants_by_client ON device_grants (client_id);
CREATE INDEX device_grants_by_user ON device_grants (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX connected_devices_by_user ON connected_devices (user_id);
CREATE INDEX connected_devices_by_client ON connected_devices (client_id);
CREATE INDEX web_sessions_by_user ON web_sessions (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX web_sessions_by_expiry ON web_sessions (expires_at);
CREATE INDEX notices_by_user ON notices (user_id, created_at);
CREATE INDEX authorization_grants_by_client ON authorization_grants (client_id);
CREATE INDEX authorization_grants_by_user ON authorization_grants (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX consents_by_client ON consents (client_id);
CREATE INDEX spent_identifiers_by_expiry ON spent_identifiers (expires_at);
CREATE INDEX initial_access_tokens_by_expiry ON initial_access_tokens (expires_at);
CREATE INDEX identities_by_user ON identities (user_id);
CREATE INDEX connected_devices_by_key ON connected_devices (dpop_jkt) WHERE dpop_jkt IS NOT NULL;
COMMIT;
PRAGMA user_version = 4;
