-- A device that proves a key of an earlier connection is told from strangers when a client's limit is reached.

CREATE INDEX connected_devices_by_key ON connected_devices (dpop_jkt) WHERE dpop_jkt IS NOT NULL;
