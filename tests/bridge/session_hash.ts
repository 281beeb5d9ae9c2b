/** Operations of the conformance bridge: session_hash. */

import type { Operations } from "./protocol.ts";

export const operations: Operations = {};
