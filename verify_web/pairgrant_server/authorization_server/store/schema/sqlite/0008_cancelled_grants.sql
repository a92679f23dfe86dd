-- A grant that its own device cancelled is denied, and says when; its page tells the person that no device waits.

ALTER TABLE device_grants ADD COLUMN cancelled_at REAL;
