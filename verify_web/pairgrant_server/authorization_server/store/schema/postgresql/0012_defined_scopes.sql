-- Scopes that the operator has defined. texts is JSON: {"LANGUAGE": ["title", "sentence"]}.

CREATE TABLE defined_scopes (
    name TEXT COLLATE "C" PRIMARY KEY,
    texts TEXT NOT NULL,
    icon TEXT,
    is_strong BOOLEAN NOT NULL
);
