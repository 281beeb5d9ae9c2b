-- A database role for djauth that may do what it needs and nothing else. Run it as the owner of Django's tables:
--
--     psql "$DATABASE_URL" -v password="one of its own" -f examples/least_privilege.sql

-- 1. Knowing who is there: requests, sockets, guards. Nothing can be written with it.
CREATE ROLE djauth_reader LOGIN PASSWORD :'password';
GRANT SELECT ON django_session, auth_user TO djauth_reader;

-- 2. Also logging in and out, and session values.
CREATE ROLE djauth_login LOGIN PASSWORD :'password' IN ROLE djauth_reader;
GRANT INSERT, UPDATE, DELETE ON django_session TO djauth_login;
-- A login writes its date, and a hash with more work where Django's release asks for more.
GRANT UPDATE (last_login, password) ON auth_user TO djauth_login;

-- Where simplejwt's blacklist app is installed, also for its tokens: sockets, refreshes and logouts ask its tables.
DO $$
BEGIN
  IF to_regclass('token_blacklist_outstandingtoken') IS NOT NULL THEN
    GRANT SELECT ON token_blacklist_outstandingtoken, token_blacklist_blacklistedtoken TO djauth_reader;
    -- DELETE is for auth.tokens.flushExpired().
    GRANT INSERT, DELETE ON token_blacklist_outstandingtoken, token_blacklist_blacklistedtoken TO djauth_login;
  END IF;
END $$;

-- 3. Also making accounts. Rights over rows are rights over flags: only give it to a server that registers people.
CREATE ROLE djauth_accounts LOGIN PASSWORD :'password' IN ROLE djauth_login;
GRANT INSERT ON auth_user TO djauth_accounts;
-- Tables that Django made before 4.1 number their rows by a sequence of its own rights.
DO $$
BEGIN
  IF pg_get_serial_sequence('auth_user', 'id') IS NOT NULL THEN
    EXECUTE format('GRANT USAGE ON SEQUENCE %s TO djauth_accounts', pg_get_serial_sequence('auth_user', 'id'));
  END IF;
END $$;
