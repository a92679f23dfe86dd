-- The language and the time zone in which a person reads the pages. NULL: those of the browser, and of the operator.

ALTER TABLE users ADD COLUMN language TEXT;
ALTER TABLE users ADD COLUMN time_zone TEXT;
