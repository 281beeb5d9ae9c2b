/**
 * simplejwt's blacklist app: rows of `token_blacklist_outstandingtoken` and `token_blacklist_blacklistedtoken`. What
 * tokens are, and when they are blacklisted, is decided in `src/jwt/`.
 */

import type { Database, Queryable } from "../database.ts";
import { SYSTEM_CLOCK } from "../internal/time/clock.ts";
import type { Timers } from "../internal/time/timers.ts";
import { createBatcher } from "./batcher.ts";
import type { JwtSettings } from "../jwt/options/settings.ts";
import {
  type Ending,
  type EndOutcome,
  isJtiShape,
  type OutstandingToken,
  type Rotation,
  type RotationOutcome,
  type TokenStore,
} from "../jwt/tokens/store.ts";
import type { Clock } from "../types.ts";
import type { UserTable } from "../users/user_table.ts";
import { arrayLiteral } from "./sql.ts";
import { namingTables } from "./missing_tables.ts";
import { createTokenFamily } from "./token_family.ts";
import { FLUSHED_AT_ONCE, type TokenStatements, tokenStatements } from "./token_statements.ts";
import { READERS, toDate } from "./values.ts";

/** The dependencies of {@link createDatabaseTokens}. */
export interface DatabaseTokensOptions<Row extends object> {
  /** Where the tables are. */
  readonly database: Database;
  /** The table of the users that tokens belong to. */
  readonly users: UserTable<Row>;
  /** From `jwtSettings()`. */
  readonly settings: Pick<
    JwtSettings<never>,
    "userIdField" | "blacklistTables" | "leeway" | "slidingTokenRefreshLifetime"
  >;
  /** Says what has expired; the machine's clock if not given. */
  readonly clock?: Clock | undefined;
  /** Seconds that a look-up may take, its wait for others included; 5 if not given. */
  readonly deadline?: number | undefined;
  /** Those of the runtime if not given. */
  readonly timers?: Timers | undefined;
  /** Called whenever the tables were looked for and are not there. */
  readonly onAbsent?: (() => void) | undefined;
}

/** Milliseconds after which tables that were not there are looked for again: the app may be installed meanwhile. */
const ABSENCE = 60_000;

/**
 * Identifiers of successors that are looked for when a token ends. No browser's has so many; a thief's may, who would keep a logout
 * busy, and whoever has an account may end an old token again and again.
 */
const MOST_SUCCESSORS = 1000;

/**
 * The store on simplejwt's own tables, whose every row simplejwt reads and writes as well. To look up, it needs no right
 * but SELECT; look-ups that arrive together are one query.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for names that cannot be, and a `userIdField` that is no column
 */
export function createDatabaseTokens<Row extends object>(options: DatabaseTokensOptions<Row>): TokenStore {
  const { users, settings, clock = SYSTEM_CLOCK, deadline, timers } = options;
  const database = namingTables(options.database, {
    tables: "jwt.blacklist, that of users by userTable({ table })",
    columns:
      "simplejwt's columns in the tables of jwt.blacklist, and those of userTable({ columns }) in that of users",
  });
  const sql = tokenStatements(users, settings.userIdField, settings.blacklistTables);
  // A sliding token that is refreshed outlives the date in its row by all the time in which it may be refreshed.
  const survival = settings.slidingTokenRefreshLifetime + 2 * settings.leeway;

  const lookUp = createBatcher<string, true, unknown[]>({
    deadline,
    timers,
    read: () => true,
    async load(jtis) {
      const rows = jtis.length === 1
        ? await database.read(sql.isBlacklisted, jtis)
        : await database.read(sql.areBlacklisted, [arrayLiteral(jtis)]);
      return new Map(rows.map((row) => [row[0] as string, row]));
    },
  });

  const moment = (secondsAgo: number = 0): string => new Date(clock.now() - secondsAgo * 1000).toISOString();

  /** Whether the row is there only now. */
  async function insert(queryable: Queryable, token: OutstandingToken): Promise<boolean> {
    const statement = token.userKey === undefined ? sql.outstand : sql.outstandFor;
    return (await queryable.query(statement, rowOf(token, sql))).length > 0;
  }

  /** Whether the token is blacklisted only now: another transaction that blacklists it at this moment is waited for. */
  async function blacklistIn(transaction: Queryable, token: OutstandingToken): Promise<boolean> {
    await insert(transaction, token);
    return (await transaction.query(sql.blacklist, [token.jti, moment()])).length > 0;
  }

  async function rotate(transaction: Queryable, rotation: Rotation): Promise<RotationOutcome> {
    const { current, endsCurrent, successors } = rotation;
    const user = sql.userKey(current.userId);
    // A statement that ends all tokens of a user waits for this rotation, and then sees its outcome.
    if (user !== null) await transaction.query(sql.shareUser, [String(user)]);
    if (!endsCurrent) return await issueBeside(transaction, rotation);
    if (await blacklistIn(transaction, current)) {
      const next = await issueSuccessor(transaction, rotation, successors.slice(0, 1)) ??
        // A token that was rotated was taken off the blacklist again, and its first successor is issued already.
        await issueSuccessor(transaction, rotation, [null]);
      if (next !== null) return { kind: "rotated", next };
    }
    const rows = await issuedOf(transaction, successors);
    const wasRotated = rows.length > 0;
    // What was ended by a logout, and what came of it, stays ended.
    if (wasRotated && !rows.some(isOver) && await isWithin(transaction, rotation)) {
      const next = await issueSuccessor(transaction, rotation, successors.slice(1));
      if (next !== null) return { kind: "rotated", next };
    }
    return { kind: "blacklisted", wasRotated };
  }

  /** A successor beside the current token, which may have ended since it was verified: then it brings no other. */
  async function issueBeside(transaction: Queryable, rotation: Rotation): Promise<RotationOutcome> {
    const isEnded = (await transaction.query(sql.isBlacklisted, [rotation.current.jti])).length > 0;
    const next = isEnded ? null : await issueSuccessor(transaction, rotation, [null]);
    return next === null ? { kind: "blacklisted", wasRotated: false } : { kind: "rotated", next };
  }

  async function end(transaction: Queryable, ending: Ending): Promise<EndOutcome> {
    const { current, successorsOf } = ending;
    if (await blacklistIn(transaction, current)) return { kind: "ended" };
    const user = sql.userKey(current.userId);
    // No rotation goes on meanwhile: whoever has the last successor must not be quicker than the look for it.
    if (user !== null) await transaction.query(sql.lockUser, [String(user)]);
    const successors = await issuedOf(transaction, successorsOf(current.jti));
    const isExcused = !successors.some(isOver) && await isWithin(transaction, ending);
    const isReuse = successors.length > 0 && !isExcused;
    return { kind: "blacklisted", isReuse, ended: await endAll(transaction, successors, ending) };
  }

  /** Blacklists these tokens and all that came of them, and says which were not before. */
  async function endAll(
    transaction: Queryable,
    successors: readonly unknown[][],
    { current, successorsOf }: Ending,
  ): Promise<string[]> {
    const ended: string[] = [];
    const family = createTokenFamily(successorsOf, MOST_SUCCESSORS);
    let found = successors;
    // Twice as many generations with each query: a long line must not keep the user's lock for as many queries.
    for (let generations = 1; found.length > 0; generations *= 2) {
      for (const [jti] of found.filter((row) => !isOver(row))) {
        await transaction.query(sql.blacklist, [jti, moment()]);
        ended.push(jti as string);
      }
      const names = family.after(found.map(([jti]) => jti as string), generations);
      // Too many to follow them to the last: that ends with all others of its user.
      if (family.isTooLarge) return [...ended, ...await blacklistUser(transaction, current.userId)];
      found = await issuedOf(transaction, names);
    }
    return ended;
  }

  /** Those of these tokens that were issued: the identifier, and what blacklists it or `null`. */
  async function issuedOf(transaction: Queryable, jtis: readonly string[]): Promise<readonly unknown[][]> {
    return jtis.length === 0 ? [] : await transaction.query(sql.successors, [arrayLiteral(jtis)]);
  }

  async function blacklistUser(transaction: Queryable, userId: unknown): Promise<string[]> {
    const user = sql.userKey(userId);
    if (user === null) return [];
    await transaction.query(sql.lockUser, [String(user)]);
    const rows = await transaction.query(sql.blacklistUser, [String(user), moment(), moment(survival)]);
    return rows.map(([jti]) => jti as string);
  }

  async function isWithin(
    transaction: Queryable,
    { current, grace }: Pick<Ending, "current" | "grace">,
  ): Promise<boolean> {
    if (grace === null) return false;
    const [row] = await transaction.query(sql.blacklistedAt, [current.jti]);
    return row !== undefined && toDate(row[0]).getTime() + grace.seconds * 1000 > clock.now();
  }

  /** Issues a token under the first of these identifiers that nobody has taken. */
  async function issueSuccessor(
    transaction: Queryable,
    { issue }: Rotation,
    jtis: readonly (string | null)[],
  ): Promise<OutstandingToken | null> {
    for (const jti of jtis) {
      const next = await issue(jti);
      if (await insert(transaction, next)) return next;
    }
    return null;
  }

  /** Deletes until there is nothing left. */
  async function flush(statement: string, before: string): Promise<void> {
    while ((await database.query(statement, [before])).length >= FLUSHED_AT_ONCE);
  }

  return {
    isInstalled: rememberPresence(clock, async () => {
      const [row] = await database.read(sql.isInstalled, sql.tables);
      const isPresent = row !== undefined && READERS.boolean(row[0]) === true;
      if (!isPresent) options.onAbsent?.();
      return isPresent;
    }),
    isBlacklisted: async (jti) => isJtiShape(jti) && await lookUp(jti) === true,
    outstand: (token) => insert(database, token),
    blacklist: (token) => database.transaction((transaction) => blacklistIn(transaction, token)),
    rotate: (rotation) => database.transaction((transaction) => rotate(transaction, rotation)),
    end: (ending) => database.transaction((transaction) => end(transaction, ending)),

    async isOutstanding(jtis) {
      const shaped = jtis.filter(isJtiShape);
      return shaped.length > 0 &&
        (await database.read(sql.areOutstanding, [arrayLiteral(shaped)])).length > 0;
    },

    async blacklistUser(userId) {
      // Nobody's: for that, the database is not asked.
      if (sql.userKey(userId) === null) return [];
      return await database.transaction((transaction) => blacklistUser(transaction, userId));
    },

    async flushExpired() {
      // Both only when no refresh can have kept the token alive: which rows are of sliding tokens, the tables do not say,
      // and a token without its row would escape `blacklistUser()`.
      await flush(sql.flushBlacklisted, moment(survival));
      await flush(sql.flushOutstanding, moment(survival));
    },
  };
}

/** Whether a token, as {@link TokenStatements.successors} has it, is blacklisted. */
function isOver([, blacklisted]: readonly unknown[]): boolean {
  return blacklisted !== null;
}

function rowOf(token: OutstandingToken, sql: TokenStatements): unknown[] {
  const user = token.userKey ?? sql.userKey(token.userId);
  return [
    user === null ? null : String(user),
    token.jti,
    token.token,
    new Date(token.createdAt).toISOString(),
    new Date(token.expiresAt * 1000).toISOString(),
  ];
}

/** Asks once whether the tables are there; that they are not is asked again after a while. */
function rememberPresence(clock: Clock, ask: () => Promise<boolean>): () => Promise<boolean> {
  let known: Promise<boolean> | undefined;
  let absentSince = 0;
  return () => {
    if (absentSince > 0 && clock.now() - absentSince >= ABSENCE) known = undefined;
    known ??= ask().then(
      (isPresent) => {
        absentSince = isPresent ? 0 : clock.now();
        return isPresent;
      },
      (error) => {
        known = undefined;
        throw error;
      },
    );
    return known;
  };
}
