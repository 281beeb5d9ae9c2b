/** What the triggers cost the Django site next door: `clearsessions`, logouts, and what they shall not touch at all. */

import { startChild } from "./child.mjs";
import { printAbsolute, printRows, ratios } from "./ratios.mjs";

const SESSIONS = 1_000_000;
/** Of those, how many have expired and are deleted by one statement, as by `clearsessions`. */
const EXPIRED = 500_000;
/** Transactions one after another. */
const TRANSACTIONS = 2000;
/** What no trigger sees may be slower by what the machine does besides. */
const UNTOUCHED = 1.1;

/** What is measured, and the most that the triggers may make of it. */
const WORK = /** @type {const} */ ([
  { name: "clear", title: `${EXPIRED.toLocaleString("en")} expired sessions deleted at once` },
  { name: "logout", title: "logouts, one session deleted in each" },
  { name: "login", title: "logins, a session inserted and last_login written", atMost: UNTOUCHED },
  { name: "save", title: "saves of a session", atMost: UNTOUCHED },
]);

/** @param {import("./main.mjs").Bench} bench */
export async function benchTriggers({ database, rounds }) {
  const child = startChild(["bun", "tests/bench/trigger_costs.ts"], {
    DATABASE_URL: database,
    BENCH_SESSIONS: String(SESSIONS),
    BENCH_EXPIRED: String(EXPIRED),
    BENCH_TRANSACTIONS: String(TRANSACTIONS),
  });
  /** @type {import("./trigger_costs.ts").Costs[]} */
  const costs = [];
  for (let round = 0; round < rounds; round++) costs.push(await child.ask({ ask: "round" }));
  await child.ask({ ask: "end" });
  await child.stop();
  const series = WORK.map(({ name }) => ({
    plain: costs.map(({ plain }) => plain[name]),
    triggers: costs.map(({ triggers }) => triggers[name]),
  }));
  printRows(
    `Django's own statements with triggers / without, ${SESSIONS.toLocaleString("en")} sessions`,
    WORK.map((work, index) => ({
      name: work.title,
      values: ratios(series[index]?.triggers ?? [], series[index]?.plain ?? []),
      ..."atMost" in work ? { atMost: work.atMost } : {},
    })),
  );
  WORK.forEach(({ name }, index) => printAbsolute(`${name}, milliseconds`, { ...series[index] }));
}
