-- Only SQLite needs this step, because its writing thread takes processor time from the server.

SELECT 1;
