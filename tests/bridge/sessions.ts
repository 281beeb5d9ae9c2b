/** Operations of the conformance bridge: sessions. */

import type { Operations } from "./protocol.ts";

export const operations: Operations = {};
