/** Operations of the conformance bridge: origin. */

import type { Operations } from "./protocol.ts";

export const operations: Operations = {};
