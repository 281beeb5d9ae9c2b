/** What the command says about itself. */

/** `djauth --help`. */
export const HELP = `Django identity for Bun and Deno servers.

Usage: djauth triggers ACTION [OPTIONS]

Commands:
  triggers   the triggers by which Postgres tells sockets at once that a login
             has ended; see: djauth triggers --help
`;

/** `djauth triggers --help`. */
export const TRIGGERS_HELP = `Triggers by which Postgres tells sockets at once that a login has ended.

They fire when sessions are deleted, when users are deleted or their password,
activity or rank changes, and when tokens of simplejwt are blacklisted; never
when a session is saved or somebody logs in. Without them, sockets are looked
at every 30 seconds.

Usage: djauth triggers ACTION [OPTIONS]

Actions that work on the database:
  install     install what is missing or outdated, in one transaction
  uninstall   take all of them away
  status      print the state of each: installed, missing or outdated;
              the exit status is 1 unless all are installed

Actions that print text, for people who would rather run it themselves:
  sql         the SQL that installs them, or with --reverse takes them away
  migration   a Django migration that does both

Database:
  --database-url URL     postgres://..., by default $DATABASE_URL. sql and
                         migration need none; with --database-url, they look
                         up which tables and columns there are

Tables:
  --schema NAME          their schema; by default the search path decides,
                         and for text without a database it is "public"
  --user-table NAME      db_table of AUTH_USER_MODEL, by default auth_user
  --primary-key NAME     its primary key, by default id
  --active-field NAME    the column that says who may log in, by default
                         is_active
  --no-active-field      the user model has no such column
  --user-columns A,B     for text without a database: which of the columns
                         password, is_active, is_staff and is_superuser the
                         table has, by default all
  --session-table NAME   by default django_session
  --no-sessions          the site keeps no sessions in the database
  --tokens               for text without a database: simplejwt's blacklist
                         is installed
  --token-schema NAME    the schema of its tables, by default --schema
  --outstanding-table NAME, --blacklisted-table NAME
                         its tables, where they have names of their own
  --no-tokens            the site does not use it

Migration:
  --app LABEL            the app that the migration is for
  --dependency APP.NAME  a migration that must come before, such as the last
                         one of that app; may be given several times
  Those of the tables themselves are listed without being asked for.

As long as the triggers are there, Postgres refuses to change the type of a
column that they watch, such as password: uninstall them before such a
migration, and install them after it.

Examples:
  npx djauth triggers install --database-url postgres://owner@localhost/site
  deno run -A jsr:@djauth/djauth/cli triggers status
  npx djauth triggers migration --app accounts \\
    --dependency accounts.0007_profile \\
    > accounts/migrations/0008_djauth_triggers.py
`;
