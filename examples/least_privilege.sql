-- Database roles for djauth with the least privileges. Run this as the owner of Django's tables:
--
--     psql "$DATABASE_URL" -v password="a password of its own" -f examples/least_privilege.sql

-- 1. Read-only: identifies users for requests, sockets and guards.
CREATE ROLE djauth_reader LOGIN PASSWORD :'password';
GRANT SELECT ON django_session, auth_user TO djauth_reader;

-- 2. Also logs in and out, and writes session values.
CREATE ROLE djauth_login LOGIN PASSWORD :'password' IN ROLE djauth_reader;
GRANT INSERT, UPDATE, DELETE ON django_session TO djauth_login;
-- A login writes its date, and a stronger hash if Django's release uses more iterations.
GRANT UPDATE (last_login, password) ON auth_user TO djauth_login;

-- If simplejwt's blacklist app is installed, also for its tokens: sockets, refreshes and logouts use its tables.
DO $$
BEGIN
  IF to_regclass('token_blacklist_outstandingtoken') IS NOT NULL THEN
    GRANT SELECT ON token_blacklist_outstandingtoken, token_blacklist_blacklistedtoken TO djauth_reader;
    -- DELETE is for auth.tokens.flushExpired().
    GRANT INSERT, DELETE ON token_blacklist_outstandingtoken, token_blacklist_blacklistedtoken TO djauth_login;
  END IF;
END $$;

-- 3. Also creates accounts. The right to insert users includes their flags (is_superuser): only for servers that register users.
CREATE ROLE djauth_accounts LOGIN PASSWORD :'password' IN ROLE djauth_login;
GRANT INSERT ON auth_user TO djauth_accounts;
-- Tables created by Django before 4.1 number their rows by a sequence with its own rights.
DO $$
BEGIN
  IF pg_get_serial_sequence('auth_user', 'id') IS NOT NULL THEN
    EXECUTE format('GRANT USAGE ON SEQUENCE %s TO djauth_accounts', pg_get_serial_sequence('auth_user', 'id'));
  END IF;
END $$;
