-- Clients that registered themselves before 0005 get the name of an unknown token, which is empty. They are those whose
-- client_id begins with the millisecond in which they were created; no client_id of the operator does.

UPDATE clients SET registered_with = ''
WHERE registered_with IS NULL
    AND client_id ~ '^[0-9a-f]{32}$'
    AND left(client_id, 12) = lpad(to_hex(trunc(created_at * 1000)::bigint), 12, '0');
