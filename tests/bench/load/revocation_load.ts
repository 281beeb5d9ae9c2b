/** Ends logins in the database as Django does, and waits for the sockets that rested on them to be closed. */

import postgres from "postgres";
import { sessionKeyOf } from "../site.ts";
import { type Closing, closingOf } from "./socket_load.ts";

/** A run. The sockets of the visitors are open already. */
export interface RevocationJob {
  readonly kind: "revoke";
  readonly database: string;
  /** One logout after another; or all in one transaction. */
  readonly how: "logout" | "delete" | "deactivate";
  /** The first visitor; the others follow. */
  readonly first: number;
  readonly count: number;
}

/** What a run gave, in milliseconds from when the commit was sent to when the close frame was read. */
export interface RevocationResult {
  readonly p50: number;
  readonly p99: number;
}

/** The close code of a login that has ended. */
const ENDED = 4401;
const REASONS = { logout: "session_ended", delete: "session_ended", deactivate: "user_inactive" };

/** Runs it. Rejects when a socket is closed in another way, or not at all. */
export async function runRevocation(job: RevocationJob): Promise<RevocationResult> {
  const { how, first, count } = job;
  const sql = postgres(job.database, { max: 1 });
  try {
    const ids = Array.from({ length: count }, (_, index) => first + index);
    const latencies = how === "logout" ? await oneByOne(sql, ids) : await atOnce(sql, how, ids);
    latencies.sort((left, right) => left - right);
    return { p50: latencies[Math.floor(count * 0.5)]!, p99: latencies[Math.floor(count * 0.99)]! };
  } finally {
    await sql.end();
  }
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

/** When the socket was closed, if it was closed as it must be. */
function checked({ at, code, reason }: Closing, how: RevocationJob["how"]): number {
  if (code === ENDED && reason === REASONS[how]) return at;
  throw new Error(`A socket was closed with ${code} "${reason}"`);
}
