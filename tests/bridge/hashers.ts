/** Operations of the conformance bridge: hashers. */

import type { Operations } from "./protocol.ts";

export const operations: Operations = {};
