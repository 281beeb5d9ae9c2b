/**
 * The session engine `db`: rows of `django_session`. Mirrors `django/contrib/sessions/backends/db.py`; sessions
 * themselves are in `src/session/`.
 */

import type { Database, Queryable } from "../database.ts";
import { DatabaseError, SessionError } from "../errors.ts";
import { SESSION_TABLE } from "../internal/django_names.ts";
import { schemaHint } from "../internal/postgres_name.ts";
import { SYSTEM_CLOCK } from "../internal/time/clock.ts";
import type { Timers } from "../internal/time/timers.ts";
import type { SessionCodec, UnreadableCode } from "../session/codec.ts";
import { SessionPayload } from "../session/payload.ts";
import { isSessionKeyShape } from "../session/session_key.ts";
import { hasExpired, type SessionStore, type SessionWrite, type StoredSession } from "../session/store.ts";
import { textFingerprint } from "../session/text_fingerprint.ts";
import type { Clock } from "../types.ts";
import { createBatcher } from "./batcher.ts";
import { keyedRead } from "./keyed_read.ts";
import { namingTables } from "./missing_tables.ts";
import { quoteTable } from "./sql.ts";
import { toDate } from "./values.ts";

/** The dependencies of {@link createDatabaseSessions}. */
export interface DatabaseSessionsOptions {
  /** Where the table is. */
  readonly database: Database;
  /** Reads and signs `session_data`. */
  readonly codec: SessionCodec;
  /** The table's name; `django_session` if not given. */
  readonly table?: string | undefined;
  /** The table's schema; that of the connection's search path if not given. */
  readonly schema?: string | undefined;
  /** Decides what has expired; the system clock if not given. */
  readonly clock?: Clock | undefined;
  /** Seconds that a look-up may take, including its wait for other look-ups; 5 if not given. */
  readonly deadline?: number | undefined;
  /** The runtime's if not given. */
  readonly timers?: Timers | undefined;
  /** Called with the reason, never the content, when an unexpired session is unreadable and so counts as empty. */
  readonly onUnreadable?: ((code: UnreadableCode) => void) | undefined;
}

/** The answer for malformed keys, such as strangers' cookies: no session, rather than an empty one. Created once. */
const NO_SESSION: Promise<null> = Promise.resolve(null);

/**
 * Creates the engine `db`. `load` needs only SELECT on the table's three columns; look-ups that arrive together are one
 * query.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for an invalid table or schema name
 */
export function createDatabaseSessions(options: DatabaseSessionsOptions): SessionStore {
  const { codec, clock = SYSTEM_CLOCK, deadline, timers } = options;
  const name = options.table ?? SESSION_TABLE;
  const database = namingTables(options.database, {
    tables: `session.schema and session.table${schemaHint(name)}`,
    columns: `the columns of Django's sessions in "${name}", the table of session.table`,
  });
  const table = quoteTable(name, options.schema);
  const select = `select session_key, session_data, expire_date from ${table} where session_key`;
  const readRows = keyedRead<string>(database, {
    one: `${select} = $1`,
    many: `${select} = any($1::text[])`,
  });
  const insert = `insert into ${table} (session_key, session_data, expire_date) ` +
    `values ($1, $2, $3::text::timestamptz) on conflict do nothing returning 1`;

  function storedOf(data: unknown, end: unknown): StoredSession {
    return new StoredRow(expireDateOf(end), String(data), contentOf);
  }

  function contentOf(text: string, stored: StoredSession): RowContent {
    const found = codec.verify(text);
    if ("payload" in found) return found;
    if (!hasExpired(stored, clock)) options.onUnreadable?.(found.code);
    // Django returns `{}` for data that it cannot read, and keeps the key.
    return { payload: SessionPayload.EMPTY };
  }

  const lookUp = createBatcher<string, StoredSession, unknown[]>({
    deadline,
    timers,
    read: ([, data, end]) => storedOf(data, end),
    load: async (keys) => new Map((await readRows(keys)).map((row) => [row[0] as string, row])),
  });

  /** Reads an unexpired session and locks it until the transaction ends: a write must not revive an expired one. */
  async function lock(transaction: Queryable, sessionKey: string): Promise<StoredSession | null> {
    const [row] = await transaction.query(
      `select session_data, expire_date from ${table} where session_key = $1 for update`,
      [sessionKey],
    );
    if (row === undefined) return null;
    const stored = storedOf(row[0], row[1]);
    return hasExpired(stored, clock) ? null : stored;
  }

  return {
    load: (sessionKey) => isSessionKeyShape(sessionKey) ? lookUp(sessionKey) : NO_SESSION,

    async create(sessionKey, write) {
      requireShape(sessionKey);
      return (await database.query(insert, [sessionKey, ...columnsOf(codec, write)])).length > 0;
    },

    async update(sessionKey, change) {
      if (!isSessionKeyShape(sessionKey)) return false;
      return await database.transaction(async (transaction) => {
        const current = await lock(transaction, sessionKey);
        if (current === null) return false;
        const write = await change(current.payload, current.expireDate);
        await transaction.query(
          `update ${table} set session_data = $2, expire_date = $3::text::timestamptz where session_key = $1`,
          [sessionKey, ...columnsOf(codec, write)],
        );
        return true;
      });
    },

    async replace(oldKey, newKey, change) {
      requireShape(newKey);
      if (!isSessionKeyShape(oldKey)) return false;
      return await database.transaction(async (transaction) => {
        const current = await lock(transaction, oldKey);
        if (current === null) return false;
        const write = await change(current.payload, current.expireDate);
        const rows = await transaction.query(insert, [newKey, ...columnsOf(codec, write)]);
        if (rows.length === 0) {
          throw new SessionError("session_exists", "A session with this key already exists");
        }
        await transaction.query(`delete from ${table} where session_key = $1`, [oldKey]);
        return true;
      });
    },

    async delete(sessionKey) {
      if (!isSessionKeyShape(sessionKey)) return;
      await database.query(`delete from ${table} where session_key = $1`, [sessionKey]);
    },

    async take(sessionKey) {
      if (!isSessionKeyShape(sessionKey)) return null;
      const [row] = await database.query(
        `delete from ${table} where session_key = $1 returning session_data, expire_date`,
        [sessionKey],
      );
      return row === undefined ? null : storedOf(row[0], row[1]);
    },

    async clearExpired() {
      const now = new Date(clock.now()).toISOString();
      await database.query(`delete from ${table} where expire_date < $1::text::timestamptz`, [now]);
    },
  };
}

/** Returns when a session expires. A date that cannot be read would otherwise count as past, and end every login. */
function expireDateOf(value: unknown): Date {
  const date = toDate(value);
  if (!Number.isNaN(date.getTime())) return date;
  throw new DatabaseError(
    "The driver returns expire_date in a form that is no timestamp, expected a Date or its text",
    "database_error",
    { column: "expire_date" },
  );
}

function columnsOf(codec: SessionCodec, write: SessionWrite): [data: string, expireDate: string] {
  return [codec.encode(write.payload), write.expireDate.toISOString()];
}

/** Keys are created by djauth, so that a malformed one is the caller's mistake. A key is secret and never quoted. */
function requireShape(sessionKey: string): void {
  if (!isSessionKeyShape(sessionKey)) throw new TypeError("The session key is malformed");
}

/** What the text of a row contains; with the fingerprint only where the codec has computed it already. */
type RowContent = Pick<StoredSession, "payload" | "fingerprint">;

/** A row as it was read. Its data is decoded on demand: revalidation of an unchanged session compares fingerprints. */
class StoredRow implements StoredSession {
  readonly expireDate: Date;
  readonly #read: (text: string, stored: StoredSession) => RowContent;
  readonly #text: string;
  #content: RowContent | undefined;

  constructor(expireDate: Date, text: string, read: (text: string, stored: StoredSession) => RowContent) {
    this.expireDate = expireDate;
    this.#text = text;
    this.#read = read;
  }

  get payload(): SessionPayload {
    this.#content ??= this.#read(this.#text, this);
    return this.#content.payload;
  }

  get fingerprint(): number {
    // Computing it reads every character, so that of a text in the codec's cache is preferred.
    return this.#content?.fingerprint ?? textFingerprint(this.#text);
  }
}
