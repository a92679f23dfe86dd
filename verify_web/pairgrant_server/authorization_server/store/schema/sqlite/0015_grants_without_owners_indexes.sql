-- Only three operators' commands look for the grants of a client or an account: to remove it, or to set a new password.
-- Every pairing paid two index entries for them. The table holds two hours of grants; 100,000 are searched in 0.1 s.

DROP INDEX device_grants_by_client;
DROP INDEX device_grants_by_user;
