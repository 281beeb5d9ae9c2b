/** The settings and services that all parts of this level share. */

import type { Timers } from "../../internal/time/timers.ts";
import type { Clock, RandomBytes } from "../../types.ts";
import type { SessionHash } from "../../users/session_hash.ts";
import type { UserStore } from "../../users/store.ts";
import type { Settings } from "../options/settings.ts";
import type { CacheServices } from "./cache_services.ts";
import type { EventServices } from "./event_services.ts";
import type { JointReplace } from "./joint_replace.ts";
import type { OptionalWrites } from "./optional_writes.ts";
import type { SessionServices } from "./session_services.ts";
import type { VaryingHeaders } from "../options/token_transport.ts";
import type { TokenService } from "./token_service.ts";
import type { UserServices } from "./user_services.ts";

/** The services for identifying the user of a session or a token. */
export interface IdentityServices<Row extends object>
  extends Pick<UserServices<Row>, "table" | "userOf">, Pick<SessionServices, "onSessionTrouble"> {
  readonly users: Pick<UserStore<Row>, "findById">;
  readonly sessionHash: SessionHash;
  /** `AUTHENTICATION_BACKENDS`. */
  readonly backends: readonly string[];
}

/** The settings and services of one `djangoAuth()`; those only for its sockets are in `socket_services.ts`. */
export interface AuthCore<Row extends object>
  extends IdentityServices<Row>, EventServices, SessionServices, UserServices<Row>, CacheServices<Row> {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly randomBytes: RandomBytes;
  readonly users: UserStore<Row>;
  /** Writes sessions and users in one transaction. */
  readonly jointReplace: JointReplace<Row>;
  /** simplejwt's tokens; `null` if they are not in use. */
  readonly jwt: TokenService<Row> | null;
  /** The `Vary` headers of a response that depends on the user. */
  readonly varying: VaryingHeaders;
  /** Runs the writes that Django makes while reading sessions. */
  readonly optionalWrites: OptionalWrites;
}
