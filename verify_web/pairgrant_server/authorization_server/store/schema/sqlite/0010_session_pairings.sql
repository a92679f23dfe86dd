-- Several pairings for each browser session, and the session that took its place after a sign-in or sign-out.
-- grant_id, sealed_user_code and arrival of web_sessions are carried over, and stay for servers of the version before.

ALTER TABLE web_sessions ADD COLUMN sealed_successor BLOB;

CREATE TABLE session_pairings (
    session_digest BLOB NOT NULL REFERENCES web_sessions ON DELETE CASCADE,
    grant_id BLOB NOT NULL,
    sealed_user_code BLOB NOT NULL,
    looked_up_at REAL NOT NULL,
    arrival TEXT,
    PRIMARY KEY (session_digest, grant_id)
) STRICT, WITHOUT ROWID;

INSERT INTO session_pairings (session_digest, grant_id, sealed_user_code, looked_up_at, arrival)
SELECT session_digest, grant_id, sealed_user_code, created_at, arrival FROM web_sessions
WHERE grant_id IS NOT NULL AND sealed_user_code IS NOT NULL;
