/** Operations of the conformance bridge: signing. */

import type { Operations } from "./protocol.ts";

export const operations: Operations = {};
