-- A registration token carries the least that its clients have to obey, and a client says which one it came with.

ALTER TABLE initial_access_tokens ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';
ALTER TABLE clients ADD COLUMN registered_with TEXT;
