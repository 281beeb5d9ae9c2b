/** What the triggers cost the Django site: `clearsessions`, logouts, and statements that must not be affected. */

import { startChild } from "./child.mjs";
import { printAbsolute, printRows, ratios } from "./ratios.mjs";

const SESSIONS = 1_000_000;
/** How many of those have expired and are deleted by one statement, as `clearsessions` does. */
const EXPIRED = 500_000;
/** Number of consecutive transactions. */
const TRANSACTIONS = 2000;
/** Allowed slowdown of statements that no trigger handles: measurement noise. */
const UNTOUCHED = 1.1;

/** What is measured, and the maximum slowdown allowed. */
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
