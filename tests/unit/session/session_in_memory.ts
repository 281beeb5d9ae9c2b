/** Sessions on an in-memory engine, at a fixed time. */

import { SessionPayload } from "../../../src/session/payload.ts";
import { Session } from "../../../src/session/session.ts";
import { MemoryStore } from "./memory_store.ts";

/** The current time. */
export const NOW = Date.parse("2026-01-02T03:04:05.678Z");
/** The key of the stored session. */
export const KEY = "k".repeat(32);
const SETTINGS = { cookieAge: 1000, expireAtBrowserClose: false, useTz: true, timeZone: "UTC" };

/** An engine with one session. */
export function storeWith(text: string): MemoryStore {
  const store = new MemoryStore();
  put(store, text);
  return store;
}

/** Stores the session. */
export function put(store: MemoryStore, text: string): void {
  store.rows.set(KEY, { payload: SessionPayload.fromText(text)!, expireDate: new Date(NOW + 1000) });
}

/** The session, not loaded. */
export function sessionIn(store: MemoryStore, sessionKey: string | null = KEY): Session {
  return new Session({ store, sessionKey, settings: SETTINGS, clock: { now: () => NOW } });
}

/** The session, loaded. */
export async function loadedIn(store: MemoryStore): Promise<Session> {
  const session = sessionIn(store);
  await session.load();
  return session;
}
