-- The authorization code flow, client policies, and people who sign in elsewhere.

ALTER TABLE clients ADD COLUMN jwks TEXT;
ALTER TABLE clients ADD COLUMN policy TEXT NOT NULL DEFAULT '{}'; -- JSON

ALTER TABLE device_grants ADD COLUMN resource TEXT NOT NULL DEFAULT '';
ALTER TABLE device_grants ADD COLUMN dpop_jkt TEXT;
ALTER TABLE device_grants ADD COLUMN code_challenge TEXT;

ALTER TABLE connected_devices ADD COLUMN grant_type TEXT NOT NULL
    DEFAULT 'urn:ietf:params:oauth:grant-type:device_code';
ALTER TABLE connected_devices ADD COLUMN resource TEXT NOT NULL DEFAULT '';
ALTER TABLE connected_devices ADD COLUMN dpop_jkt TEXT;

ALTER TABLE web_sessions ADD COLUMN sealed_upstream BYTEA;

-- grant_id begins with the time, as that of device_grants does.
CREATE TABLE authorization_grants (
    grant_id BYTEA PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES clients ON DELETE CASCADE,
    request TEXT NOT NULL, -- JSON
    created_at DOUBLE PRECISION NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'redeemed')),
    user_id TEXT COLLATE "C" REFERENCES users ON DELETE CASCADE,
    auth_time DOUBLE PRECISION,
    scope TEXT NOT NULL,
    code_digest BYTEA,
    connected_device_id TEXT COLLATE "C",
    redeemed_at DOUBLE PRECISION
);
CREATE INDEX authorization_grants_by_client ON authorization_grants (client_id);
CREATE INDEX authorization_grants_by_user ON authorization_grants (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE consents (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES clients ON DELETE CASCADE,
    scope TEXT NOT NULL,
    granted_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX consents_by_client ON consents (client_id);

CREATE TABLE spent_identifiers (
    identifier_digest BYTEA PRIMARY KEY,
    expires_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX spent_identifiers_by_expiry ON spent_identifiers (expires_at);

CREATE TABLE initial_access_tokens (
    token_digest BYTEA PRIMARY KEY,
    name TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    scope TEXT NOT NULL,
    remaining INTEGER NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX initial_access_tokens_by_expiry ON initial_access_tokens (expires_at);

CREATE TABLE upstreams (
    name TEXT COLLATE "C" PRIMARY KEY,
    label TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    sealed_secret BYTEA,
    scope TEXT NOT NULL,
    creates_accounts BOOLEAN NOT NULL,
    created_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE identities (
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);
