/** Many requests to one server: checks that the last tenth is served as fast as the first. */

import { startServer } from "./contestants.mjs";
import { printAbsolute, printRows, ratios } from "./ratios.mjs";

const TENTHS = 10;
/** Seconds that a bare server is measured next to each tenth, as the reference for that time. */
const BESIDE = 1;

/** @param {import("./main.mjs").Bench} bench */
export async function benchSteady({ database, load, requests, runtimes }) {
  const rows = [];
  /** @type {Record<string, Record<string, number[]>>} */
  const rates = {};
  for (const runtime of runtimes) {
    const [bare, djauth] = await Promise.all([
      startServer(runtime, "bare", database),
      startServer(runtime, "djauth", database),
    ]);
    // The first seconds compile the code.
    await load.ask({ kind: "http", port: djauth.port, connections: 100, seconds: 2, personal: true });
    /** @type {{ bare: number[], djauth: number[] }} */
    const series = rates[runtime] = { bare: [], djauth: [] };
    for (let tenth = 0; tenth < TENTHS; tenth++) {
      const common = { kind: "http", connections: 100 };
      const beside = { ...common, port: bare.port, seconds: BESIDE, personal: false };
      const measured = { ...common, port: djauth.port, requests: requests / TENTHS, personal: true };
      series.bare.push((await load.ask(beside)).perSecond);
      series.djauth.push((await load.ask(measured)).perSecond);
    }
    await bare.stop();
    await djauth.stop();
    const relative = ratios(series.djauth, series.bare);
    const later = ratios(relative.slice(TENTHS / 2), relative);
    rows.push({ name: `${runtime}: second half / first half`, values: later, atLeast: 0.9 });
  }
  printRows(`Steady over ${requests.toLocaleString("en")} requests, 100 connections, relative to bare`, rows);
  for (const [runtime, series] of Object.entries(rates)) printAbsolute(runtime, series);
}
