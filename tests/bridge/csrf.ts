/** Operations of the conformance bridge: csrf. */

import type { Operations } from "./protocol.ts";

export const operations: Operations = {};
