/** The event of a refused request. */

import type { ErrorCode, RefusalCode } from "../../error_codes.ts";
import { urlOf } from "../../internal/request_url.ts";
import type { EventListener } from "./events.ts";

/** Emits `auth.rejected` for a request. */
export function emitRejected(emit: EventListener, request: Request, code: RefusalCode | ErrorCode): void {
  emit({ type: "auth.rejected", code, path: urlOf(request).pathname });
}
