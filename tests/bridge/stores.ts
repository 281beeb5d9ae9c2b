/** Operations of the conformance bridge: session stores, by their handles. */

import type { Database } from "../../src/database.ts";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import { formatPythonDate, instantOf, parsePythonDate } from "../../src/internal/python/date.ts";
import { requirePythonJson, stringifyPythonJson } from "../../src/internal/python/json.ts";
import { createSessionCodec } from "../../src/session/codec.ts";
import { SessionPayload } from "../../src/session/payload.ts";
import { Session } from "../../src/session/session.ts";
import type { SessionStore } from "../../src/session/store.ts";
import { createDatabaseSessions } from "../../src/stores/db_sessions.ts";
import type { Clock } from "../../src/types.ts";
import { type Operations, Refusal } from "./protocol.ts";

interface WireSettings {
  secret_key: string;
  secret_key_fallbacks?: string[];
  session_cookie_age: number;
  use_tz: boolean;
  time_zone: string;
  database_url?: string;
  session_table?: string;
}

/** An open store. */
interface Handle {
  session: Session;
  store: SessionStore;
  settings: { cookieAge: number; expireAtBrowserClose: boolean; useTz: boolean; timeZone: string };
  clock: { now: () => number };
}

const handles: Handle[] = [];
const databases = new Map<string, Database>();

/** The database at an address, opened once; `close()` closes all of them. */
export function databaseOf(url: string): Database {
  const database = databases.get(url) ?? createPostgresDatabase(url);
  databases.set(url, database);
  return database;
}

function storeOf(engine: string, settings: WireSettings, clock: Clock): SessionStore {
  const { secret_key, secret_key_fallbacks = [], database_url, session_table } = settings;
  if (engine !== "db" || !database_url?.startsWith("postgres")) throw new Refusal("not_implemented", engine);
  const keys = { current: secret_key, fallbacks: secret_key_fallbacks };
  const codec = createSessionCodec({ keys, clock });
  return createDatabaseSessions({ database: databaseOf(database_url), codec, table: session_table, clock });
}

function clockAt(now: number): Clock {
  return { now: () => Math.round(now * 1000) };
}

/** An operation of an open store, at the time of the call. */
function onHandle<Args>(
  operation: (session: Session, args: Args, handle: Handle) => unknown,
): (args: Args & { handle: number; now: number }) => unknown {
  return (args) => {
    const handle = handles[args.handle - 1];
    if (handle === undefined) throw new RangeError(`There is no store with the handle ${args.handle}`);
    handle.clock.now = clockAt(args.now).now;
    return operation(handle.session, args, handle);
  };
}

/** As {@link onHandle}, after loading the session, which Django does implicitly. */
function onLoaded<Args>(
  operation: (session: Session, args: Args, handle: Handle) => unknown,
): (args: Args & { handle: number; now: number }) => unknown {
  return onHandle<Args>(async (session, args, handle) => {
    await session.load();
    return operation(session, args, handle);
  });
}

function dateOf(text: string, { settings }: Handle): Date {
  const date = parsePythonDate(text);
  if (date === null) throw new RangeError(`"${text}" is no date`);
  return new Date(instantOf(date, settings.timeZone));
}

function modificationOf(text: string | undefined, handle: Handle): { modification?: Date } {
  return text === undefined ? {} : { modification: dateOf(text, handle) };
}

type WireExpiry = number | { timedelta: number } | { datetime: string };

function expiryOf(expiry: WireExpiry | undefined, handle: Handle): number | Date | null {
  if (expiry === undefined || typeof expiry === "number") return expiry ?? null;
  if ("datetime" in expiry) return dateOf(expiry.datetime, handle);
  return new Date(handle.clock.now() + expiry.timedelta * 1000);
}

export const operations: Operations = {
  "store.open": ({ engine, session_key, settings, now }) => {
    const clock = clockAt(now);
    const store = storeOf(engine, settings, clock);
    const sessionSettings = {
      cookieAge: settings.session_cookie_age,
      expireAtBrowserClose: false,
      useTz: settings.use_tz,
      timeZone: settings.time_zone,
    };
    const session = new Session({ store, sessionKey: session_key, settings: sessionSettings, clock });
    return handles.push({ session, store, settings: sessionSettings, clock });
  },
  "store.clear_expired": ({ engine, settings, now }) =>
    storeOf(engine, settings, clockAt(now)).clearExpired(),
  "store.attributes": onHandle((session) => ({
    session_key: session.sessionKey,
    accessed: session.accessed,
    modified: session.modified,
    is_empty: session.isEmpty(),
    loaded: session.isLoaded,
  })),
  "store.set_attributes": onHandle(
    (session, { session_key, accessed, modified }: Record<string, unknown>) => {
      if (session_key !== undefined) session.sessionKey = session_key as string;
      if (accessed !== undefined) session.accessed = accessed as boolean;
      if (modified !== undefined) session.modified = modified as boolean;
    },
  ),
  "store.forget": onHandle((session) => session.forget()),
  "store.get": onLoaded((session, { key }: { key: string }) => session.getText(key)),
  "store.pop": onLoaded((session, { key }: { key: string }) => {
    const text = session.getText(key);
    session.delete(key);
    return text;
  }),
  "store.set": onLoaded((session, { key, json }: { key: string; json: string }) =>
    session.setText(key, json)
  ),
  "store.setdefault": onLoaded((session, { key, json }: { key: string; json: string }) => {
    if (!session.has(key)) session.setText(key, json);
    return session.getText(key);
  }),
  "store.update": onLoaded((session, { json }: { json: string }) => {
    const payload = SessionPayload.fromText(json);
    if (payload === null) throw new TypeError("update() takes an object");
    session.update(payload);
  }),
  "store.delete_item": onLoaded((session, { key }: { key: string }) => {
    if (!session.delete(key)) throw new Refusal("key_error");
  }),
  "store.has_key": onLoaded((session, { key }: { key: string }) => session.has(key)),
  "store.items": onLoaded((session) => {
    const items = session.keys().map((key) => `[${stringifyPythonJson(key)},${session.getText(key)}]`);
    return requirePythonJson(`[${items.join(",")}]`);
  }),
  "store.clear": onHandle((session) => session.clear()),
  "store.flush": onHandle((session) => session.flush()),
  "store.cycle_key": onHandle((session) => session.cycleKey()),
  "store.create": onHandle((session) => session.create()),
  "store.save": onHandle((session, { must_create }: { must_create?: boolean }) =>
    session.save({ mustCreate: must_create ?? false })
  ),
  "store.load": onHandle(async (session) => {
    session.forget();
    await session.load();
    return session.payload().text;
  }),
  "store.exists": onHandle((_, { session_key }: { session_key?: string }, { store }) =>
    session_key === undefined ? false : store.load(session_key).then((stored) => stored !== null)
  ),
  "store.delete": onHandle((session, { session_key }: { session_key?: string }) =>
    session.deleteStored(session_key)
  ),
  "store.set_expiry": onLoaded((session, { expiry }: { expiry?: WireExpiry }, handle) =>
    session.setExpiry(expiryOf(expiry, handle))
  ),
  "store.get_expiry_age": onLoaded((session, { modification }: { modification?: string }, handle) =>
    session.getExpiryAge(modificationOf(modification, handle))
  ),
  "store.get_expiry_date": onLoaded((session, { modification }: { modification?: string }, handle) => {
    const { useTz, timeZone } = handle.settings;
    const date = session.getExpiryDate(modificationOf(modification, handle));
    return formatPythonDate(date.getTime(), useTz, timeZone);
  }),
  "store.get_expire_at_browser_close": onLoaded((session, args: Record<string, unknown>, { settings }) => {
    settings.expireAtBrowserClose = args["session_expire_at_browser_close"] as boolean;
    return session.getExpireAtBrowserClose();
  }),
};

/** Closes the connections of all open stores. */
export async function close(): Promise<void> {
  await Promise.all([...databases.values()].map((database) => database.close()));
}
