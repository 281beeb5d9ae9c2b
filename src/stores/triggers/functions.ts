/**
 * The bodies of the trigger functions, in PL/pgSQL for PostgreSQL 12 and later. Their messages are described in
 * `internal/feed_message.ts`; `sql.ts` attaches the functions to tables.
 *
 * A trigger must never break one of Django's writes: whatever fails inside becomes a warning in the server's log and a
 * `resync` message, and nothing is sent while the notification queue is nearly full.
 */

import { HASH_DIGITS, MAX_QUEUE_USAGE } from "../../internal/feed_message.ts";

/** Above this many rows in one statement, a single `resync` is sent instead of their names. */
const MAX_ROWS = 2000;
/** Hashes of 12 digits: well below the limit of 8,000 bytes. */
const HASHES_PER_MESSAGE = 600;
/** The size of a piece of JSON: two pieces and the words around them stay below 8,000 bytes. */
const PIECE_BYTES = 3900;

/** Announces the sessions that a statement deleted, or that all of them are gone. */
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
 * Announces the tokens that a statement blacklisted.
 *
 * @param outstanding the table with their `jti`, quoted
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
 * Announces the users that a statement deleted, or that all of them are gone.
 *
 * @param key the primary key column, quoted
 */
export function usersBody(channel: string, key: string): string {
  // A running sum splits the list: a message holds less than one piece, plus the key that crosses its start.
  return body(
    channel,
    `if tg_op = 'TRUNCATE' then
    perform pg_notify('${channel}', 'resync');
  elsif ${isMany("old_rows")} then
    perform pg_notify('${channel}', 'resync');
  else
    perform pg_notify('${channel}', case when max(octet_length(item)) > ${PIECE_BYTES} then 'resync'
      else 'users [' || string_agg(item, ',') || ']' end)
    from (
      select item, sum(octet_length(item) + 1) over (rows unbounded preceding) / ${PIECE_BYTES} as part
      from (select to_json(old_rows.${key}::text)::text as item from old_rows) as items
    ) as parts
    group by part;
  end if;`,
  );
}

/**
 * Announces the users whose relevant columns a statement changed. The row trigger collects them in a transaction-local
 * setting: their number, a space, and those not announced yet. The statement trigger, which fires last, sends them.
 *
 * @param setting the name of that setting
 * @param key the primary key column, quoted
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
    number := case when octet_length(item) > ${PIECE_BYTES} then ${MAX_ROWS} else number end + 1;
    if number > ${MAX_ROWS} then
      items := '';
    elsif octet_length(items) + octet_length(item) > ${2 * PIECE_BYTES} then
      perform pg_notify('${channel}', 'users [' || items || ']');
      items := item;
    else
      items := concat_ws(',', nullif(items, ''), item);
    end if;
    perform set_config('${setting}', number || ' ' || items, true);
  end if;`,
    {
      variables: "pending text;\n  number integer;\n  items text;\n  item text;",
      // Most statements have nothing to announce; this condition is all that they pay for.
      unless: `tg_level = 'STATEMENT' and coalesce(current_setting('${setting}', true), '') = ''`,
    },
  );
}

/** Counts no further than necessary. */
function isMany(rows: string): string {
  return `(select count(*) from (select 1 from ${rows} limit ${MAX_ROWS + 1}) as few) > ${MAX_ROWS}`;
}

/** Session keys and token ids are credentials, or nearly so: only a part of their hash leaves the table. */
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
  if pg_notification_queue_usage() > ${MAX_QUEUE_USAGE} then
    return null;
  end if;
  ${work}
  return null;
exception when others then
  raise warning 'djauth: %', sqlerrm;
  perform pg_notify('${channel}', 'resync');
  return null;
end`;
  const declarations = variables === undefined ? "" : `declare\n  ${variables}\n`;
  // The block with the exception handler costs a subtransaction, so the condition precedes it.
  return unless === undefined
    ? declarations + guarded
    : `${declarations}begin\n  if ${unless} then\n    return null;\n  end if;\n${guarded};\nend`;
}
