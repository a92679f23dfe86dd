-- Evidence about a pairing, and what follows from it (RFC 10027). Facts are JSON, and none is a secret.

ALTER TABLE device_grants ADD COLUMN capabilities TEXT NOT NULL DEFAULT '';
ALTER TABLE device_grants ADD COLUMN device_label TEXT;
ALTER TABLE device_grants ADD COLUMN held_until DOUBLE PRECISION;
ALTER TABLE device_grants ADD COLUMN confirm_within BIGINT;
ALTER TABLE device_grants ADD COLUMN connection_lifetime BIGINT;

ALTER TABLE connected_devices ADD COLUMN ends_at DOUBLE PRECISION;
ALTER TABLE connected_devices ADD COLUMN confirm_by DOUBLE PRECISION;
CREATE INDEX connected_devices_by_confirmation ON connected_devices (confirm_by) WHERE confirm_by IS NOT NULL;

ALTER TABLE web_sessions ADD COLUMN browser_id TEXT;
ALTER TABLE web_sessions ADD COLUMN arrival TEXT;

CREATE TABLE grant_viewers (
    grant_id BYTEA NOT NULL REFERENCES device_grants ON DELETE CASCADE,
    browser_id TEXT COLLATE "C" NOT NULL,
    seen_at DOUBLE PRECISION NOT NULL,
    user_id TEXT COLLATE "C" REFERENCES users ON DELETE SET NULL,
    PRIMARY KEY (grant_id, browser_id)
);
CREATE INDEX grant_viewers_by_user ON grant_viewers (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE device_keys (
    client_id TEXT COLLATE "C" NOT NULL REFERENCES clients ON DELETE CASCADE,
    dpop_jkt TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    added_at DOUBLE PRECISION NOT NULL,
    place TEXT NOT NULL,
    owner TEXT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (client_id, dpop_jkt)
);

CREATE TABLE reports (
    report_id TEXT COLLATE "C" PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES clients ON DELETE CASCADE,
    network TEXT COLLATE "C" NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    page TEXT NOT NULL,
    seen TEXT NOT NULL,
    grant_id BYTEA UNIQUE,
    device_id TEXT COLLATE "C" UNIQUE,
    dpop_jkt TEXT COLLATE "C",
    user_id TEXT COLLATE "C" REFERENCES users ON DELETE SET NULL,
    reporter_network TEXT NOT NULL,
    lifted_at DOUBLE PRECISION
);
CREATE INDEX reports_by_network ON reports (client_id, network, created_at);
CREATE INDEX reports_by_key ON reports (dpop_jkt, created_at) WHERE dpop_jkt IS NOT NULL;
CREATE INDEX reports_by_time ON reports (created_at);
CREATE INDEX reports_by_user ON reports (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE outbox (
    event_id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT NOT NULL,
    facts TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX outbox_by_time ON outbox (created_at);
