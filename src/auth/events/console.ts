/** The default listener, which prints to the console. */

import { KeysUnavailable } from "../../errors.ts";
import type { AuthEvent, EventListener, SessionTroubleCode } from "./events.ts";

const SESSION_TROUBLE: Readonly<Record<SessionTroubleCode, string>> = {
  bad_signature:
    "whose signature does not verify: secretKey, secretKeyFallbacks or session.keySalt is not that of the Django site. " +
    "Until then it counts as empty",
  undecodable: "whose data are not JSON: the SESSION_SERIALIZER of the Django site must be JSONSerializer. " +
    "Until then it counts as empty",
  backend_unknown:
    "that names a backend which is not one of authenticationBackends: list AUTHENTICATION_BACKENDS of the Django site. " +
    "Until then its user counts as nobody",
  user_id_malformed:
    "whose user id is invalid: the primary key has a different type in the Django site than in users. " +
    "Until then its user counts as nobody",
};

/** Errors of djauth's own look-ups. */
const LOOK_UPS: Readonly<Partial<Record<Extract<AuthEvent, { type: "error" }>["where"], string>>> = {
  upgrade: "the look-up for an upgrade",
  revalidation: "a look-up for a live socket",
};

/** Creates a listener that prints errors each time, and problems that affect all visitors once. */
export function createConsoleListener(): EventListener {
  const said = new Set<string>();
  return (event) => {
    if (event.type === "error") {
      console.error(`djauth: ${LOOK_UPS[event.where] ?? `the ${event.where} handler`} threw`, event.error);
    }
    if (event.type === "auth.unavailable") {
      const what = event.error instanceof KeysUnavailable ? "jwt.jwkUrl" : "the database";
      console.error(`djauth: ${what} is not available`, event.error);
    }
    const hint = hintOf(event);
    if (hint === null || said.has(hint)) return;
    said.add(hint);
    console.warn(`djauth: ${hint}. This is said once`);
  };
}

/** Returns the message for a lasting problem that affects all visitors, for the site's developers. */
function hintOf(event: AuthEvent): string | null {
  if (event.type === "auth.limited") return limitHintOf(event);
  if (event.type === "settings.hint") return event.hint;
  if (event.type !== "session.trouble") return null;
  return `there is a session ${SESSION_TROUBLE[event.code]}`;
}

function limitHintOf(event: Extract<AuthEvent, { type: "auth.limited" }>): string | null {
  if (event.code === "server_busy") {
    return "more passwords are waiting to be hashed than passwords.maxWaiting";
  }
  if (event.limit === "sockets.maxPerAddress") {
    return "sockets.maxPerAddress was reached: behind a proxy, sockets.trustedProxies tells its visitors apart";
  }
  // Too many sockets of one user or one session affect nobody else.
  return event.whose === null && event.limit !== "sockets.maxPerSession"
    ? `${event.limit} was reached`
    : null;
}
