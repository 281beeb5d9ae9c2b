/** The help texts of the command. */

/** `djauth --help`. */
export const HELP = `Django identity for Bun and Deno servers.

Usage: djauth triggers ACTION [OPTIONS]

Commands:
  triggers   the triggers that end sockets as soon as their login ends;
             see: djauth triggers --help
`;

/** `djauth triggers --help`. */
export const TRIGGERS_HELP = `Triggers that end sockets as soon as their login ends.

They fire when sessions are deleted, when users are deleted or their password,
active flag, or staff or superuser status changes, and when tokens of simplejwt
are blacklisted; never when a session is saved or a user logs in. Without them,
sockets are revalidated every 30 seconds.

Usage: djauth triggers ACTION [OPTIONS]

Actions that work on the database:
  install     install what is missing or outdated, in one transaction
  uninstall   remove all of them
  status      print the state of each: installed, missing or outdated;
              the exit status is 1 unless all are installed

Actions that print code to be run in another way:
  sql         the SQL that installs them, or with --reverse removes them
  migration   a Django migration that installs them, or with --reverse removes
              them; undone by Django, it does the opposite. It does nothing on
              other databases, such as SQLite in a test run

Database:
  --database-url URL     postgres://..., by default $DATABASE_URL. sql and
                         migration need none; with --database-url, they look
                         up which tables and columns exist

Output of sql and migration:
  --output FILE          write to this new file instead of standard output, and
                         only if all went well

Tables:
  --schema NAME          their schema; by default the search path decides,
                         or "public" for output without a database
  --user-schema NAME     the schema of the user table, by default --schema
  --user-table NAME      db_table of AUTH_USER_MODEL, by default auth_user
  --primary-key NAME     its primary key, by default id
  --active-field NAME    the column that determines who may log in, by default
                         is_active
  --no-active-field      the user model has no such column
  --user-columns A,B     for output without a database: which of the columns
                         password, is_active, is_staff and is_superuser the
                         table has, by default all
  --session-schema NAME  the schema of the session table, by default --schema
  --session-table NAME   by default django_session; a database that has no such
                         table is an error
  --no-sessions          the site keeps no sessions in the database
  --tokens               for output without a database: the site has simplejwt's
                         blacklist; without this option its trigger is left
                         out, and status reports it missing
  --token-schema NAME    the schema of its tables, by default --schema
  --outstanding-table NAME, --blacklisted-table NAME
                         its tables, if they have other names
  --no-tokens            the site does not use the blacklist

Migration:
  --app LABEL            the app that the migration is for
  --dependency APP.NAME  a migration that must run before, such as the last
                         one of that app; may be given several times
  The migrations that create the tables are added automatically.

As long as the triggers are installed, Postgres refuses to change the type of a
column that they watch, such as password: uninstall them before such a
migration, and install them after it. If a migration installs them, add one
with --reverse before the change and one without it after the change.

Examples:
  npx djauth triggers install --database-url postgres://owner@localhost/site
  deno run -A jsr:@djauth/djauth/cli triggers status
  npx djauth triggers migration --app accounts \\
    --dependency accounts.0007_profile \\
    --output accounts/migrations/0008_djauth_triggers.py
  npx djauth triggers migration --reverse --app accounts \\
    --dependency accounts.0008_djauth_triggers \\
    --output accounts/migrations/0009_djauth_no_triggers.py
`;
