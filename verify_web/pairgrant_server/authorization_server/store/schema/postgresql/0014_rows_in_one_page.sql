-- Only SQLite needs this step. PostgreSQL's tables stay as they are; asyncpg runs no script without a statement.

SELECT 1;
