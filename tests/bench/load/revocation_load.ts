/**
 * Ends logins in the database as Django does, and waits until their sockets are closed. The bare server, which has no
 * logins, is sent a message to close its sockets: the lower bound for the latency.
 */

import postgres from "postgres";
import { sessionKeyOf } from "../site.ts";
import { CLOSE_ALL } from "../contestants/contestant.ts";
import { type Closing, closingOf, sendMessage } from "./socket_load.ts";

/** A run; the visitors' sockets are open already. */
export interface RevocationJob {
  readonly kind: "revoke";
  readonly database: string;
  /** Logouts one after another, all in one transaction, or a message to a bare server. */
  readonly how: "logout" | "delete" | "deactivate" | "message";
  /** The first visitor; the others have consecutive ids. */
  readonly first: number;
  readonly count: number;
}

/** The result in milliseconds, from sending the commit or the message to reading the close frame. */
export interface RevocationResult {
  readonly p50: number;
  readonly p99: number;
}

/** The close code of a login that has ended. */
const ENDED = 4401;
const REASONS = {
  logout: "session_ended",
  delete: "session_ended",
  deactivate: "user_inactive",
  message: "session_ended",
};

/** Runs the job. Rejects when a socket is closed with another code, or not at all. */
export async function runRevocation(job: RevocationJob): Promise<RevocationResult> {
  const { count } = job;
  const latencies = await latenciesOf(job);
  latencies.sort((left, right) => left - right);
  return { p50: latencies[Math.floor(count * 0.5)]!, p99: latencies[Math.floor(count * 0.99)]! };
}

async function latenciesOf({ database, how, first, count }: RevocationJob): Promise<number[]> {
  const ids = Array.from({ length: count }, (_, index) => first + index);
  if (how === "message") return await byMessage(ids);
  const sql = postgres(database, { max: 1 });
  try {
    return await (how === "logout" ? oneByOne(sql, ids) : atOnce(sql, how, ids));
  } finally {
    await sql.end();
  }
}

async function byMessage(ids: readonly number[]): Promise<number[]> {
  const closings = ids.map(closingOf);
  const sent = performance.now();
  sendMessage(ids[0]!, CLOSE_ALL);
  return (await Promise.all(closings)).map((closing) => checked(closing, "message") - sent);
}

async function oneByOne(sql: postgres.Sql, ids: readonly number[]): Promise<number[]> {
  const latencies: number[] = [];
  for (const id of ids) {
    const closing = closingOf(id);
    const sent = performance.now();
    await sql`DELETE FROM django_session WHERE session_key = ${sessionKeyOf(id)}`;
    latencies.push(checked(await closing, "logout") - sent);
  }
  return latencies;
}

async function atOnce(
  sql: postgres.Sql,
  how: "delete" | "deactivate",
  ids: readonly number[],
): Promise<number[]> {
  const closings = ids.map(closingOf);
  let committed = NaN;
  await sql.begin(async (transaction) => {
    if (how === "delete") {
      await transaction`DELETE FROM django_session WHERE session_key = ANY(${ids.map(sessionKeyOf)}::text[])`;
    } else {
      await transaction`UPDATE auth_user SET is_active = false WHERE id = ANY(${ids as number[]}::int[])`;
    }
    committed = performance.now();
  });
  return (await Promise.all(closings)).map((closing) => checked(closing, how) - committed);
}

/** The time at which the socket was closed; throws when code or reason are wrong. */
function checked({ at, code, reason }: Closing, how: RevocationJob["how"]): number {
  if (code === ENDED && reason === REASONS[how]) return at;
  throw new Error(`A socket was closed with ${code} "${reason}"`);
}
