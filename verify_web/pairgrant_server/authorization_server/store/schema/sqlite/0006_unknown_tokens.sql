-- Clients that registered themselves before 0005 get the name of an unknown token, which is empty. They are those whose
-- client_id begins with the millisecond in which they were created; no client_id of the operator does.

UPDATE clients SET registered_with = ''
WHERE registered_with IS NULL
    AND length(client_id) = 32
    AND client_id NOT GLOB '*[^0-9a-f]*'
    AND substr(client_id, 1, 12) = printf('%012x', CAST(created_at * 1000 AS INTEGER));
