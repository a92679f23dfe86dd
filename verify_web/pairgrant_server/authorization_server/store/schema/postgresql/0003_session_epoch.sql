-- A change of password and a lock end every session of a person: those of an earlier epoch are nobody's.

ALTER TABLE users ADD COLUMN session_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE web_sessions ADD COLUMN session_epoch BIGINT NOT NULL DEFAULT 0;
