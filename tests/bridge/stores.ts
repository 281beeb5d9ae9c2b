/** Operations of the conformance bridge: session stores, by their handles. */

import type { Operations } from "./protocol.ts";

export const operations: Operations = {};

/** Closes the connections of all open stores. */
export async function close(): Promise<void> {}
