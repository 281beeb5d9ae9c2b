/** A node with open sockets over a Postgres that a test may break, and the Postgres processes that serve it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { AuthEvent } from "../../src/auth/events/events.ts";
import type { SocketsOptions } from "../../src/auth/options/options.ts";
import { type DjangoAuth, djangoAuth } from "../../src/django_auth.ts";
import { serve } from "../e2e/serve.ts";
import { upgrade, type WireEnd, type WireSocket } from "../e2e/wire.ts";
import { type BreakableDatabase, keyOf, SECRET_KEY } from "./site.ts";

/** Milliseconds between two messages, since the tests' client takes a longer silence for an end. */
const CHATTER = 1000;

/** A socket, and how it ended. */
export interface LiveVisit {
  readonly userId: number | null;
  /** `null` while it is open. */
  readonly end: WireEnd | null;
  /** Milliseconds, from the call until it has ended. */
  ended(): Promise<number>;
}

/** A node. */
export interface SocketSite {
  readonly auth: DjangoAuth;
  readonly events: AuthEvent[];
  /** Opens a socket on the session of a user; without one for `null`. */
  visit(userId: number | null): Promise<LiveVisit>;
  /** Waits for an event from now on, or from the index `since` on. @returns its index in `events` */
  told(type: AuthEvent["type"], since?: number): Promise<number>;
  /** Stops everything; throws if a rejection was unhandled or a socket is still counted. */
  stop(): Promise<void>;
}

/** Serves sockets over this database. @param deadline seconds that a query may take */
export function openSocketSite(
  database: BreakableDatabase,
  sockets: SocketsOptions,
  deadline: number,
): SocketSite {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const events: AuthEvent[] = [];
  const auth = djangoAuth({
    secretKey: SECRET_KEY,
    database: database.url,
    databaseDeadline: deadline,
    sockets,
    onEvent: (event) => void events.push(event),
  });
  const server = serve(auth, {
    fetch: () => new Response(),
    websocket: { anonymous: true, message: (socket, data) => socket.send(data) },
  });
  const open = new Set<WireSocket>();
  const chatter = setInterval(() => open.forEach((socket) => socket.send("are you there?")), CHATTER);
  return {
    auth,
    events,
    async visit(userId) {
      const cookie = userId === null ? [] : [["cookie", `sessionid=${keyOf(userId)}`] as const];
      const socket = await upgrade(server.host, { headers: [...cookie, ["origin", server.url]] });
      // After its first reply, the node has registered the socket.
      socket.send("hello");
      await socket.receive();
      open.add(socket);
      let end: WireEnd | null = null;
      const ended = socket.ended.then((how) => {
        end = how;
        open.delete(socket);
      });
      return {
        userId,
        get end() {
          return end;
        },
        async ended() {
          const start = performance.now();
          await ended;
          return performance.now() - start;
        },
      };
    },
    async told(type, since = events.length) {
      for (let turn = 0; turn < 2000; turn++) {
        const found = events.findIndex((event, index) => index >= since && event.type === type);
        if (found !== -1) return found;
        await sleep(10);
      }
      assert.fail(`no ${type}`);
    },
    async stop() {
      clearInterval(chatter);
      open.forEach((socket) => socket.destroy());
      for (let turn = 0; turn < 200 && auth.sockets.count > 0; turn++) await sleep(10);
      const { count } = auth.sockets;
      await server.stop();
      await auth.close();
      process.removeListener("unhandledRejection", note);
      assert.deepEqual(unhandled, []);
      assert.equal(count, 0);
    },
  };
}

/** The Postgres processes that serve connections of this application name. */
export async function backendsOf(database: BreakableDatabase, application: string): Promise<number[]> {
  const rows = await database
    .admin()`select pid from pg_stat_activity where application_name = ${application}`;
  return rows.map(({ pid }) => Number(pid));
}

/** The parent process of all backends. */
export function postmasterOf(backend: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${backend}/status`, "utf8"))?.[1]);
}

/** Stops processes while something happens. */
export async function whileStopped<Result>(pids: number[], work: () => Promise<Result>): Promise<Result> {
  try {
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    return await work();
  } finally {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }
}
