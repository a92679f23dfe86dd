-- Who or what ended a connection, so that its device can be told (pairgrant_ended). NULL: not known, or not revoked.

ALTER TABLE connected_devices ADD COLUMN ended_by TEXT;
