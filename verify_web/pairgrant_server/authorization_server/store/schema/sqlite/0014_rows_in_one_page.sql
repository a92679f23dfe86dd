-- Grants and connected devices become tables with a rowid. In a table without one, a row of more than about 1000 bytes
-- continues in a page of its own, and so did every row with a response to replay: a refresh wrote two pages, and a device
-- took 4.8 kB. In a table with a rowid the whole row is in one page, and new rows go to the end.

CREATE TABLE new_device_grants (
    grant_id BLOB NOT NULL PRIMARY KEY, -- begins with the time
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
    replay BLOB,
    resource TEXT NOT NULL DEFAULT '',
    dpop_jkt TEXT,
    code_challenge TEXT,
    capabilities TEXT NOT NULL DEFAULT '',
    device_label TEXT,
    held_until REAL,
    confirm_within INTEGER,
    connection_lifetime INTEGER,
    cancelled_at REAL
) STRICT;
INSERT INTO new_device_grants SELECT * FROM device_grants ORDER BY grant_id;
DROP TABLE device_grants;
ALTER TABLE new_device_grants RENAME TO device_grants;
CREATE INDEX device_grants_by_client ON device_grants (client_id);
CREATE INDEX device_grants_by_user ON device_grants (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE new_connected_devices (
    device_id TEXT NOT NULL PRIMARY KEY, -- begins with the time
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
    revoked_at REAL,
    grant_type TEXT NOT NULL DEFAULT 'urn:ietf:params:oauth:grant-type:device_code',
    resource TEXT NOT NULL DEFAULT '',
    dpop_jkt TEXT,
    ends_at REAL,
    confirm_by REAL,
    ended_by TEXT,
    kind TEXT NOT NULL DEFAULT 'device',
    given_name TEXT,
    remove_at REAL
) STRICT;
INSERT INTO new_connected_devices SELECT * FROM connected_devices ORDER BY device_id;
DROP TABLE connected_devices;
ALTER TABLE new_connected_devices RENAME TO connected_devices;
CREATE INDEX connected_devices_by_user ON connected_devices (user_id);
CREATE INDEX connected_devices_by_client ON connected_devices (client_id);
CREATE INDEX connected_devices_by_key ON connected_devices (dpop_jkt) WHERE dpop_jkt IS NOT NULL;
CREATE INDEX connected_devices_by_confirmation ON connected_devices (confirm_by) WHERE confirm_by IS NOT NULL;
CREATE INDEX connected_devices_by_removal ON connected_devices (remove_at)
    WHERE remove_at IS NOT NULL AND revoked_at IS NULL;
