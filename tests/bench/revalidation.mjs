/** Rounds of re-validation: duration, number of queries and delay of the event loop. */

import { startServer } from "./contestants.mjs";
import { printRows } from "./ratios.mjs";

const SOCKETS = 10_000;
/** The remaining sockets share the first sessions. */
const SESSIONS = 8000;
const IN_FLIGHT = 200;
/** Seconds between two rounds. */
const INTERVAL = 2;
/** Rounds before measuring, while code is compiled. */
const WARM_UP = 3;
/** Re-validation rounds per benchmark round, since the latter are longer. */
const TIMES = 2;
/** One for the sessions and one for the users of each 600 sockets, plus splits where queries are slow. */
const MOST_QUERIES = 40;
/** Milliseconds that a task may take. */
const LONGEST_TASK = 20;

/** @typedef {import("./contestants/round_watch.ts").Round} Round */

/** @param {import("./main.mjs").Bench} bench */
export async function benchRevalidation(bench) {
  const rows = [];
  for (const runtime of bench.runtimes) {
    const rounds = await roundsOn(runtime, bench);
    const of = (/** @type {keyof Round} */ what) => rounds.map((round) => round[what]);
    rows.push(
      { name: `${runtime}: milliseconds a round`, values: of("milliseconds") },
      { name: `${runtime}: queries a round`, values: of("queries"), atMost: MOST_QUERIES },
      {
        name: `${runtime}: longest delay of the event loop, ms`,
        values: of("longest"),
        atMost: LONGEST_TASK,
      },
      { name: `${runtime}: the same before the round, ms`, values: of("longestBefore") },
    );
  }
  const [sockets, sessions] = [SOCKETS, SESSIONS].map((count) => count.toLocaleString("en"));
  printRows(`Re-validation of ${sockets} sockets on ${sessions} sessions`, rows);
}

/**
 * @param {import("./contestants.mjs").Runtime} runtime
 * @param {import("./main.mjs").Bench} bench
 */
async function roundsOn(runtime, { database, load, rounds }) {
  const server = await startServer(runtime, "djauth", database, { BENCH_INTERVAL: String(INTERVAL) });
  const job = { kind: "sockets", port: server.port, inFlight: IN_FLIGHT, first: 1 };
  await load.ask({ ...job, sockets: SESSIONS });
  await load.ask({ ...job, sockets: SOCKETS - SESSIONS });
  /** @type {Round[]} */
  const counted = [];
  for (let round = 0; round < WARM_UP + rounds * TIMES; round++) {
    const answer = await server.ask({ ask: "round" });
    if (answer.sockets !== SOCKETS) throw new Error(`A round had ${answer.sockets} sockets`);
    if (round >= WARM_UP) counted.push(answer);
  }
  await load.ask({ kind: "close" });
  await server.stop();
  return counted;
}
