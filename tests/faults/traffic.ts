/**
 * Traffic on servers whose database breaks: requests, counted changes, logins and upgrades. Each answer must be right,
 * or ask to try again: 503 with Retry-After, or close 1013.
 */

import assert from "node:assert/strict";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { type BreakableDatabase, countOf, keyOf, nameOf, type Site, USERS } from "./site.ts";

/** Milliseconds within which everything works again. */
const RECOVERY = 1000;
/** Milliseconds that traffic goes on after a break: enough to see that it works again. */
const AFTERWARDS = RECOVERY + 700;
/** Milliseconds within which a new server has answered everything once. */
const START = 10_000;
/** Milliseconds between two attempts of a worker. */
const PACE = 2;
/** Workers of each kind, if not given. */
const WORKERS = { me: 3, socket: 2, login: 1, count: 1 };
const KINDS = Object.keys(WORKERS).sort() as Kind[];

type Kind = keyof typeof WORKERS;

/** One attempt. */
interface Attempt {
  readonly kind: Kind;
  readonly started: number;
  readonly ended: number;
  /** `"right"`, `"unavailable"`, or what is wrong. */
  readonly outcome: string;
}

/** What happened on one site. */
export interface Tally {
  readonly right: number;
  readonly unavailable: number;
  /** Milliseconds of the slowest answer. */
  readonly slowest: number;
  /** Milliseconds from the repair until every kind of request was answered rightly, and stayed so. */
  readonly recovery: number;
}

/**
 * Breaks the database under traffic and repairs it. Throws when any answer was wrong, a promise rejection was
 * unhandled, a change that was confirmed is lost, or service was not back in a second.
 *
 * @param breakIt resolves when the database is back; or calls `repaired` at that moment
 */
export async function breakUnderTraffic(
  database: BreakableDatabase,
  sites: readonly Site[],
  breakIt: (repaired: () => void) => Promise<void>,
  workers: Partial<typeof WORKERS> = {},
): Promise<Map<string, Tally>> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  process.on("uncaughtException", note);
  const before = await Promise.all(sites.map((site) => countOf(database, site.counter)));
  const runs = sites.map((site) => new Run(site, { ...WORKERS, ...workers }));
  let repairedAt = 0;
  try {
    await Promise.all(runs.map((run) => run.untilServed()));
    await breakIt(() => repairedAt = performance.now());
    if (repairedAt === 0) repairedAt = performance.now();
    await sleep(Math.max(0, repairedAt + AFTERWARDS - performance.now()));
  } finally {
    await Promise.all(runs.map((run) => run.stop()));
    process.removeListener("unhandledRejection", note);
    process.removeListener("uncaughtException", note);
  }
  assert.deepEqual(unhandled, []);
  const tallies = new Map<string, Tally>();
  for (const [index, run] of runs.entries()) {
    tallies.set(run.site.name, run.tally(repairedAt));
    run.requireCount(await countOf(database, run.site.counter) - before[index]!);
  }
  return tallies;
}

class Run {
  readonly site: Site;
  readonly #attempts: Attempt[] = [];
  readonly #workers: Promise<void>[] = [];
  #isOver = false;

  constructor(site: Site, workers: typeof WORKERS) {
    this.site = site;
    for (const [kind, count] of Object.entries(workers)) {
      for (let worker = 0; worker < count; worker++) this.#workers.push(this.#work(kind as Kind, worker));
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#workers);
  }

  /** Waits until every kind of request works, before anything is broken. */
  async untilServed(): Promise<void> {
    const isServed = (kind: string): boolean => this.#attempts.some((attempt) => attempt.kind === kind);
    const due = performance.now() + START;
    while (!KINDS.every(isServed) && performance.now() < due) await sleep(PACE);
    const outcomes = this.#attempts.map(({ kind, outcome }) => `${kind}: ${outcome}`);
    assert.deepEqual(
      [...new Set(outcomes)].sort(),
      KINDS.map((kind) => `${kind}: right`),
    );
  }

  tally(repairedAt: number): Tally {
    const { name, events } = this.site;
    const wrong = this.#attempts.filter(({ outcome }) => outcome !== "right" && outcome !== "unavailable");
    assert.deepEqual(wrong.map(({ kind, outcome }) => `${kind}: ${outcome}`), [], name);
    const errors = events.filter((event) => event.type === "error").map(({ error }) => String(error));
    assert.deepEqual(errors, [], name);
    const recovery = Math.max(...KINDS.map((kind) => this.#recovery(kind, repairedAt)));
    assert.ok(recovery <= RECOVERY, `${name}: service was not back ${recovery} ms after the database`);
    return {
      right: this.#attempts.filter(({ outcome }) => outcome === "right").length,
      unavailable: this.#attempts.filter(({ outcome }) => outcome === "unavailable").length,
      slowest: Math.round(Math.max(...this.#attempts.map(({ started, ended }) => ended - started))),
      recovery: Math.round(recovery),
    };
  }

  /** Milliseconds from the repair until there was a right answer and no further "unavailable". */
  #recovery(kind: Kind, repairedAt: number): number {
    const later = this.#attempts.filter((it) => it.kind === kind && it.ended > repairedAt);
    const first = later.find(({ outcome }) => outcome === "right")?.ended ?? Infinity;
    const failed = later.filter(({ started, outcome }) => outcome !== "right" && started > repairedAt);
    return Math.max(first, ...failed.map(({ started }) => started)) - repairedAt;
  }

  /** A confirmed change must be stored; an unconfirmed one may be. */
  requireCount(counted: number): void {
    const counts = this.#attempts.filter(({ kind }) => kind === "count");
    const confirmed = counts.filter(({ outcome }) => outcome === "right").length;
    assert.ok(
      confirmed <= counted && counted <= counts.length,
      `${this.site.name}: ${counted} changes stored, ${confirmed} confirmed of ${counts.length}`,
    );
  }

  async #work(kind: Kind, worker: number): Promise<void> {
    for (let turn = worker; !this.#isOver; turn++) {
      const id = kind === "count" ? this.site.counter : 1 + turn % USERS;
      const started = performance.now();
      let outcome: string;
      try {
        outcome = await (kind === "socket" ? this.#upgrade(id) : this.#request(kind, id));
      } catch (error) {
        outcome = `no answer: ${error}`;
      }
      this.#attempts.push({ kind, started, ended: performance.now(), outcome });
      await sleep(PACE);
    }
  }

  async #request(kind: Kind, id: number): Promise<string> {
    const isLogin = kind === "login";
    const response = await fetch(`${this.site.server.url}/${kind}`, {
      method: kind === "me" ? "GET" : "POST",
      headers: isLogin ? {} : { cookie: `sessionid=${keyOf(id)}` },
      body: isLogin ? nameOf(id) : null,
    });
    const body = await response.text();
    const hasCookie = response.headers.get("set-cookie")?.includes("sessionid=") ?? false;
    if (response.status === 200 && body === JSON.stringify({ id })) {
      // A login is right only with its cookie.
      return hasCookie === isLogin ? "right" : `set-cookie: ${hasCookie}`;
    }
    // A cookie would replace the one that is valid again in a second.
    const isRetriable = response.headers.get("retry-after") !== null && !hasCookie;
    return response.status === 503 && isRetriable
      ? "unavailable"
      : `${response.status} ${body} for user ${id}`;
  }

  #upgrade(id: number): Promise<string> {
    const { host, url } = this.site.server;
    const headers = { cookie: `sessionid=${keyOf(id)}`, origin: url };
    return new Promise((resolve) => {
      // Both runtimes take headers, which the types of browsers do not know.
      const socket = new WebSocket(`ws://${host}/`, { headers } as unknown as string[]);
      socket.onmessage = ({ data }) => {
        resolve(data === String(id) ? "right" : `user ${data} for user ${id}`);
        socket.close();
      };
      socket.onclose = ({ code, reason }) =>
        resolve(code === 1013 && reason === "try_again_later" ? "unavailable" : `closed ${code} ${reason}`);
    });
  }
}
