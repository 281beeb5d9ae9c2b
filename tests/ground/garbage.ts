/** What is kept by nobody, and what is. */

import v8 from "node:v8";
import vm from "node:vm";

/** Collects all garbage, on whichever runtime. */
export function collectGarbage(): void {
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  if (Bun !== undefined) return Bun.gc(true);
  v8.setFlagsFromString("--expose-gc");
  (vm.runInNewContext("gc") as () => void)();
}
