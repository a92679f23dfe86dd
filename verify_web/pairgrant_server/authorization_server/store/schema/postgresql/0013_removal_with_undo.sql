-- Removal of connected devices with an undo, the person's own names for them, their kinds and their history.

ALTER TABLE connected_devices ADD COLUMN kind TEXT NOT NULL DEFAULT 'device';
ALTER TABLE connected_devices ADD COLUMN given_name TEXT;
ALTER TABLE connected_devices ADD COLUMN remove_at DOUBLE PRECISION;
UPDATE connected_devices SET kind = 'application' WHERE grant_type = 'authorization_code';
UPDATE connected_devices SET kind = 'service' WHERE grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
CREATE INDEX connected_devices_by_removal ON connected_devices (remove_at)
    WHERE remove_at IS NOT NULL AND revoked_at IS NULL;

-- event_id begins with the time.
CREATE TABLE device_events (
    device_id TEXT COLLATE "C" NOT NULL REFERENCES connected_devices ON DELETE CASCADE,
    event_id TEXT COLLATE "C" NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    kind TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    PRIMARY KEY (device_id, event_id)
);
