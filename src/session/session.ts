/**
 * The session object: Django's `SessionBase` in camelCase, with the storage behind the port in `store.ts`. Access to
 * the data is in `session_dictionary.ts`; here is what is stored, and when.
 */

import { SessionError } from "../errors.ts";
import { SYSTEM_CLOCK } from "../internal/time/clock.ts";
import { SYSTEM_RANDOM } from "../internal/random.ts";
import type { Clock, RandomBytes } from "../types.ts";
import { EXPIRY_SESSION_KEY } from "./auth_keys.ts";
import { DEFAULT_SESSION_SETTINGS, expiryDate, type SessionSettings } from "./expiry.ts";
import { SessionPayload } from "./payload.ts";
import { applyChanges, SessionData, type SessionState } from "./session_data.ts";
import { SessionDictionary, type SessionDictionaryOptions } from "./session_dictionary.ts";
import { newSessionKey, sessionKeyOrNull } from "./session_key.ts";
import { hasExpired, type SessionStore, type SessionWrite, type StoredSession } from "./store.ts";

/** Keys never collide by chance; a storage that reports every key as taken is broken. */
const CREATE_ATTEMPTS = 10;

/** The options of a {@link Session}. */
export interface SessionInit extends SessionDictionaryOptions {
  /** The engine that stores it. */
  readonly store: SessionStore;
  /** The key from the cookie; without one the session is new. */
  readonly sessionKey?: string | null | undefined;
  /** The stored session of this key, if it was queried already: `null` for none. Saves `load()` the query. */
  readonly stored?: StoredSession | null | undefined;
  /** The source of keys; the runtime's CSPRNG if not given. */
  readonly randomBytes?: RandomBytes | undefined;
}

/**
 * The session of a visitor, shared with Django. Mirrors `django.contrib.sessions.backends.base.SessionBase`.
 *
 * Reading is synchronous after `await session.load()`. Values are those of Python's JSON, with bigint for integers
 * beyond 2^53; values that are not touched are written back byte for byte.
 *
 * @example Count visits
 * ```ts
 * import { Session, type SessionStore } from "@djauth/djauth";
 *
 * async function countVisit(store: SessionStore, sessionKey: string | null): Promise<number> {
 *   const session = new Session({ store, sessionKey });
 *   await session.load();
 *   const visits = Number(session.get("visits") ?? 0) + 1;
 *   session.set("visits", visits);
 *   await session.save();
 *   return visits;
 * }
 * console.log(typeof countVisit); // function
 * ```
 */
export class Session extends SessionDictionary {
  readonly #settings: SessionSettings;
  readonly #clock: Clock;
  readonly #store: SessionStore;
  readonly #randomBytes: RandomBytes;
  readonly #state: SessionState;
  #last: Promise<unknown> = Promise.resolve();

  /** Creates a session without querying the storage; see {@link Session.load}. */
  constructor(options: SessionInit) {
    const state: SessionState = { key: sessionKeyOrNull(options.sessionKey), data: null };
    super(options, state);
    this.#state = state;
    this.#settings = options.settings ?? DEFAULT_SESSION_SETTINGS;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#store = options.store;
    this.#randomBytes = options.randomBytes ?? SYSTEM_RANDOM;
    if (options.stored !== undefined) this.#open(options.stored);
  }

  /** The key under which it is stored; `null` before the first save. */
  get sessionKey(): string | null {
    return this.#state.key;
  }

  /** Sets another key, without a change in the storage; one of less than 8 characters becomes `null`. */
  set sessionKey(key: string | null) {
    this.#state.key = sessionKeyOrNull(key);
  }

  /** Returns whether it has no key and no data. Mirrors `SessionBase.is_empty`. */
  isEmpty(): boolean {
    return this.#state.key === null && (this.#state.data === null || this.#state.data.isEmpty);
  }

  /**
   * Loads the data, once. A session that does not exist or has expired is empty and loses its key.
   *
   * @throws {DatabaseError} `database_unavailable`; `database_permission_denied` if the role may not read sessions
   */
  load(): Promise<void> {
    return this.isLoaded ? Promise.resolve() : this.#inTurn(async () => void await this.#loaded());
  }

  /** Discards the loaded data and unsaved changes; `load()` then reads anew. */
  forget(): void {
    this.#state.data = null;
  }

  /**
   * Saves it: the changes are applied to the data that are in the storage now. Without a key it is created.
   *
   * @param options `mustCreate`: there must not be a row with this key yet
   * @throws {SessionError} `session_deleted`: deleted in the meantime, and stays so; `session_exists`: the key is taken
   * @throws {DatabaseError} `database_unavailable`; `database_permission_denied` if the role may not write sessions
   */
  save(options: { mustCreate?: boolean } = {}): Promise<void> {
    return this.#inTurn(() => this.#save(options.mustCreate ?? false));
  }

  /**
   * Stores it as a new session under a new key.
   *
   * @throws {DatabaseError} `database_unavailable`; `database_permission_denied` if the role may not write sessions
   */
  create(): Promise<void> {
    return this.#inTurn(() => this.#create());
  }

  /**
   * Ends the session: removes its data, its key and its row.
   *
   * @throws {DatabaseError} `database_unavailable`; `database_permission_denied` if the role may not delete sessions
   */
  flush(): Promise<void> {
    return this.#inTurn(async () => {
      // The row first: if it cannot be deleted, nothing is changed here that would be saved.
      if (this.#state.key !== null) await this.#store.delete(this.#state.key);
      this.clear();
      this.#state.key = null;
    });
  }

  /**
   * Moves the data to a new key and deletes the old one, so that a key known to others is worthless after login.
   *
   * @param store performs the move, if more is written in the same transaction; the session's engine if not given
   * @throws {SessionError} `session_deleted`: it ended in the meantime, and is not restored under another key
   * @throws {DatabaseError} `database_unavailable`; `database_permission_denied` if the role may not write sessions
   */
  cycleKey(store: Pick<SessionStore, "replace"> = this.#store): Promise<void> {
    return this.#inTurn(async () => {
      const data = await this.#loaded();
      const oldKey = this.#state.key;
      if (oldKey === null) return await this.#create();
      await this.#underNewKey((key) => this.#replace(store, oldKey, key, data));
    });
  }

  /**
   * Deletes the stored session of a key, by default its own; the data in memory are kept. Mirrors `SessionBase.delete`.
   *
   * @throws {DatabaseError} `database_unavailable`; `database_permission_denied` if the role may not delete sessions
   */
  deleteStored(sessionKey?: string): Promise<void> {
    return this.#inTurn(async () => {
      const key = sessionKey ?? this.#state.key;
      if (key !== null) await this.#store.delete(key);
      this.#state.newKey = null;
    });
  }

  /**
   * Changes it under a lock, so that no concurrent change is lost. `work` gets the session as stored now, with the
   * unsaved changes made here; what it leaves is stored, unless it throws. It must not wait for a client meanwhile.
   *
   * @returns the result of `work`
   * @throws {SessionError} `session_deleted`
   * @throws {DatabaseError} `database_unavailable`; `database_permission_denied` if the role may not write sessions
   */
  change<Result>(work: (session: SessionDictionary) => Result | Promise<Result>): Promise<Result> {
    return this.#inTurn(() => this.#change(work));
  }

  async #loaded(): Promise<SessionData> {
    if (this.#state.data === null && this.#state.key !== null) {
      const stored = await this.#store.load(this.#state.key);
      // `clear()` may have been called in the meantime, which discards it.
      if (this.#state.data === null) this.#open(stored);
    }
    return this.#state.data ??= new SessionData();
  }

  #open(stored: StoredSession | null): void {
    const living = stored === null || hasExpired(stored, this.#clock) ? null : stored;
    if (living === null) this.#state.key = null;
    this.#state.data = new SessionData(living?.payload);
  }

  async #save(mustCreate: boolean): Promise<void> {
    this.accessed = true;
    if (this.#state.key === null) return await this.#create();
    if (mustCreate) return await this.#insert(this.#state.key);
    const data = await this.#loaded();
    const changes = data.changes();
    data.rebase(await this.#rewrite((current) => applyChanges(current, changes)), changes);
  }

  #create(): Promise<void> {
    return this.#underNewKey((key) => this.#insert(key));
  }

  /** Stores it under a key that is not taken. */
  async #underNewKey(store: (key: string) => Promise<void>): Promise<void> {
    this.accessed = true;
    for (let attempt = 1;; attempt++) {
      const key = newSessionKey(this.#randomBytes);
      try {
        await store(key);
        this.#state.key = this.#state.newKey = key;
        this.modified = true;
        return;
      } catch (error) {
        const isTaken = error instanceof SessionError && error.code === "session_exists";
        if (!isTaken || attempt === CREATE_ATTEMPTS) throw error;
      }
    }
  }

  async #insert(key: string): Promise<void> {
    const data = this.#state.data ??= new SessionData();
    const changes = data.changes();
    const payload = data.payload();
    if (!await this.#store.create(key, this.#writeOf(payload))) {
      throw new SessionError("session_exists", "A session with this key already exists");
    }
    data.rebase(payload, changes);
  }

  async #replace(
    store: Pick<SessionStore, "replace">,
    oldKey: string,
    newKey: string,
    data: SessionData,
  ): Promise<void> {
    const changes = data.changes();
    let stored = SessionPayload.EMPTY;
    const isThere = await store.replace(oldKey, newKey, (current) => {
      stored = applyChanges(current, changes);
      return this.#writeOf(stored);
    });
    if (!isThere) throw deleted();
    data.rebase(stored, changes);
  }

  /** Returns what was stored. */
  async #rewrite(
    change: (current: SessionPayload) => SessionPayload | Promise<SessionPayload>,
  ): Promise<SessionPayload> {
    let stored = SessionPayload.EMPTY;
    const isThere = this.#state.key !== null && await this.#store.update(this.#state.key, async (current) => {
      stored = await change(current);
      return this.#writeOf(stored);
    });
    if (!isThere) throw deleted();
    return stored;
  }

  async #change<Result>(work: (session: SessionDictionary) => Result | Promise<Result>): Promise<Result> {
    this.accessed = true;
    const data = await this.#loaded();
    const changes = data.changes();
    let result: Result;
    const run = async (current: SessionPayload): Promise<SessionPayload> => {
      const state = { key: null, data: new SessionData(applyChanges(current, changes)) };
      const draft = new SessionDictionary({ settings: this.#settings, clock: this.#clock }, state);
      result = await work(draft);
      return draft.payload();
    };
    if (this.#state.key === null) {
      data.rebase(await run(data.payload()), changes);
      await this.#create();
    } else {
      data.rebase(await this.#rewrite(run), changes);
    }
    return result!;
  }

  #writeOf(payload: SessionPayload): SessionWrite {
    const end = expiryDate(payload.get(EXPIRY_SESSION_KEY), this.#clock.now(), this.#settings);
    this.#state.storedUntil = end;
    return { payload, expireDate: new Date(end) };
  }

  /** Runs work sequentially: each of two concurrent saves would take the other's changes for its own. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    // A failure is reported to its own caller, not to the next one, and does not end the process if it is not awaited.
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/** Creates the error for an ended session: writing it again would restore a login that was ended. */
function deleted(): SessionError {
  return new SessionError("session_deleted", "The session was deleted in the meantime");
}
