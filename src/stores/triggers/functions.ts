/**
 * The bodies of the trigger functions, in PL/pgSQL for PostgreSQL 12 and later. What they send is described in
 * `internal/feed_message.ts`. Where they are attached is decided by `sql.ts`.
 *
 * A trigger must never break a write of Django's: whatever goes wrong inside becomes a warning in the server's log and
 * a "look at everything".
 */

import { HASH_DIGITS } from "../../internal/feed_message.ts";

/** Rows of one statement above which they are not named one by one. */
const MAX_ROWS = 2000;
/** Hashes of 12 digits in one message: below 8,000 bytes with room to spare. */
const HASHES_PER_MESSAGE = 600;
/** Bytes of JSON: two pieces of that size, and the words around them, are below 8,000. */
const PIECE = 3900;

/** Notifies of the sessions that a statement deleted, or that all of them are gone. */
export function sessionsBody(channel: string): string {
  return body(
    channel,
    `if tg_op = 'TRUNCATE' then
    perform pg_notify('${channel}', 'resync');
  elsif ${isMany("old_rows")} then
    perform pg_notify('${channel}', 'resync');
  else
    ${notifyHashes(channel, "sessions", "old_rows.session_key", "old_rows")}
  end if;`,
  );
}

/**
 * Notifies of the tokens that a statement blacklisted.
 *
 * @param outstanding the table that has their `jti`, quoted
 */
export function tokensBody(channel: string, outstanding: string): string {
  const source = `new_rows join ${outstanding} as outstanding on outstanding.id = new_rows.token_id`;
  return body(
    channel,
    `if ${isMany("new_rows")} then
    perform pg_notify('${channel}', 'resync');
  else
    ${notifyHashes(channel, "tokens", "outstanding.jti", source)}
  end if;`,
  );
}

/**
 * Notifies of the users that a statement deleted, or that all of them are gone.
 *
 * @param key the column of the primary key, quoted
 */
export function usersBody(channel: string, key: string): string {
  // A running sum cuts the list: a message holds less than one piece, and the key that crosses its beginning.
  return body(
    channel,
    `if tg_op = 'TRUNCATE' then
    perform pg_notify('${channel}', 'resync');
  elsif ${isMany("old_rows")} then
    perform pg_notify('${channel}', 'resync');
  else
    perform pg_notify('${channel}', case when max(octet_length(item)) > ${PIECE} then 'resync'
      else 'users [' || string_agg(item, ',') || ']' end)
    from (
      select item, sum(octet_length(item) + 1) over (rows unbounded preceding) / ${PIECE} as part
      from (select to_json(old_rows.${key}::text)::text as item from old_rows) as items
    ) as parts
    group by part;
  end if;`,
  );
}

/**
 * Notifies of the users that a statement changed in what matters. The trigger for each row gathers them in a setting
 * of the transaction: their number, a space, and those who were not told yet. The trigger for the statement, which
 * comes last, tells them.
 *
 * @param setting the name of that setting
 * @param key the column of the primary key, quoted
 */
export function userChangesBody(channel: string, setting: string, key: string): string {
  return body(
    channel,
    `pending := coalesce(nullif(current_setting('${setting}', true), ''), '0 ');
  number := split_part(pending, ' ', 1)::integer;
  items := substr(pending, strpos(pending, ' ') + 1);
  if tg_level = 'STATEMENT' then
    perform pg_notify('${channel}',
      case when number > ${MAX_ROWS} then 'resync' else 'users [' || items || ']' end);
    perform set_config('${setting}', '', true);
  elsif number <= ${MAX_ROWS} then
    item := to_json(old.${key}::text)::text;
    number := case when octet_length(item) > ${PIECE} then ${MAX_ROWS} else number end + 1;
    if number > ${MAX_ROWS} then
      items := '';
    elsif octet_length(items) + octet_length(item) > ${2 * PIECE} then
      perform pg_notify('${channel}', 'users [' || items || ']');
      items := item;
    else
      items := concat_ws(',', nullif(items, ''), item);
    end if;
    perform set_config('${setting}', number || ' ' || items, true);
  end if;`,
    {
      variables: "pending text;\n  number integer;\n  items text;\n  item text;",
      // Of most statements there is nothing to tell; this is all that they pay.
      unless: `tg_level = 'STATEMENT' and coalesce(current_setting('${setting}', true), '') = ''`,
    },
  );
}

/** Counts no further than it must. */
function isMany(rows: string): string {
  return `(select count(*) from (select 1 from ${rows} limit ${MAX_ROWS + 1}) as few) > ${MAX_ROWS}`;
}

/** Keys and token ids are credentials, or nearly so: only a part of their hash leaves the table. */
function notifyHashes(channel: string, kind: string, column: string, source: string): string {
  return `perform pg_notify('${channel}', '${kind} ' || string_agg(hash, ''))
    from (
      select
        substr(encode(sha256(convert_to(${column}, 'UTF8')), 'hex'), 1, ${HASH_DIGITS}) as hash,
        (row_number() over () - 1) / ${HASHES_PER_MESSAGE} as part
      from ${source}
    ) as hashes
    group by part;`;
}

function body(channel: string, work: string, options: { variables?: string; unless?: string } = {}): string {
  const { variables, unless } = options;
  const guarded = `begin
  ${work}
  return null;
exception when others then
  raise warning 'djauth: %', sqlerrm;
  perform pg_notify('${channel}', 'resync');
  return null;
end`;
  const declarations = variables === undefined ? "" : `declare\n  ${variables}\n`;
  // The block with the handler costs a subtransaction, so the condition stands before it.
  return unless === undefined
    ? declarations + guarded
    : `${declarations}begin\n  if ${unless} then\n    return null;\n  end if;\n${guarded};\nend`;
}
