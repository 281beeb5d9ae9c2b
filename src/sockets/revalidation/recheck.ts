/**
 * Rechecks whether the logins of sockets still name their users. Many at a time, which the stores batch into a few
 * queries.
 */

import { isSameKey } from "../../users/primary_key.ts";
import type { AuthCore } from "../../auth/core/core.ts";
import type { Identity } from "../../auth/identity/identity.ts";
import type { RefusalCode } from "../../error_codes.ts";
import type { DjauthError } from "../../errors.ts";
import { isOutage } from "../../internal/outages.ts";
import { pause } from "../../internal/time/pause.ts";
import { isSameUser } from "../../users/django_user.ts";
import type { LiveSocket } from "../registry/registry.ts";
import { socketInternals } from "../socket/socket.ts";
import { revoke } from "./revoke.ts";

/** Why sockets are rechecked. */
export type Occasion = "expiry" | "revalidation" | "feed" | "node";

/**
 * How many sockets are rechecked at a time; other work gets its turn between two chunks. Chunks do not overlap: pending checks stay in memory,
 * and the garbage collector's pauses grow with them.
 */
const CHUNK = 600;

/**
 * Django writes a new password first and then replaces the user's own session: in between, that session looks like a
 * stolen one. A second look shows that it was replaced, so that the page may reconnect immediately.
 */
const SECOND_LOOK_PAUSE_MS = 50;

/** What a recheck could not determine. */
export interface Unanswered<Row extends object> {
  /** Why the database did not answer: then the rest was not rechecked. `null` when it answered. */
  outage: { readonly error: DjauthError } | null;
  /** Sockets whose recheck threw, and what it threw. */
  readonly strays: Map<LiveSocket<Row>, unknown>;
}

/** Rechecks the logins of sockets. */
export class Recheck<Row extends object> {
  readonly #core: Pick<AuthCore<Row>, "emit" | "timers">;

  constructor(core: Pick<AuthCore<Row>, "emit" | "timers">) {
    this.#core = core;
  }

  /** Rechecks these: closes those whose login has ended and renews the user of the others. */
  async run(lives: Iterable<LiveSocket<Row>>, occasion: Occasion): Promise<Unanswered<Row>> {
    const startedAt = this.#core.timers.now();
    const unanswered: Unanswered<Row> = { outage: null, strays: new Map() };
    let isFirst = true;
    for (const chunk of chunksOf(lives)) {
      if (!isFirst) await pause(this.#core.timers, 0);
      isFirst = false;
      await Promise.all(chunk.map((live) => this.#try(live, occasion, startedAt, unanswered)));
      if (unanswered.outage !== null) break;
    }
    return unanswered;
  }

  /** Neither an outage nor an error proves that a login has ended: only an answer closes a socket. */
  #try(
    live: LiveSocket<Row>,
    occasion: Occasion,
    startedAt: number,
    unanswered: Unanswered<Row>,
  ): Promise<void> {
    return this.#recheckOne(live, occasion, startedAt).catch((error) => {
      // Any other error concerns this row alone and must not stop the recheck of the others.
      if (isOutage(error)) unanswered.outage = { error };
      else unanswered.strays.set(live, error);
    });
  }

  async #recheckOne(live: LiveSocket<Row>, occasion: Occasion, startedAt: number): Promise<void> {
    const { user } = live.socket;
    const basis = socketInternals.basisOf(live.socket);
    if (user === null || basis === null) return;
    let identity = await basis.identify(user);
    if (identity.refusal === "password_changed") {
      await pause(this.#core.timers, SECOND_LOOK_PAUSE_MS);
      identity = await basis.identify(user);
    }
    // Meanwhile it may have come to rest on another login, which was not checked.
    if (live.isClosing || socketInternals.basisOf(live.socket) !== basis) return;
    if (identity.user === null || !isSameKey(identity.user.pk, user.pk)) {
      revoke(this.#core, live, { code: endOf(identity), occasion, userId: user.pk, startedAt });
    } else if (live.socket.user !== user) {
      // A concurrent recheck has renewed it; which of the two read the newer row is unknown.
      await this.#recheckOne(live, occasion, startedAt);
    } else if (!isSameUser(user, identity.user)) {
      live.renew(identity.user);
    }
  }
}

/** Returns why a login that does not name the socket's user any more has ended. */
function endOf<Row extends object>({ refusal }: Identity<Row>): RefusalCode {
  // A session of another user, or of nobody: the socket belongs to one user for its whole life.
  return refusal === null || refusal === "not_authenticated" ? "session_ended" : refusal;
}

/** Yields chunks lazily, so that sockets that open meanwhile are rechecked as well. */
function* chunksOf<Row extends object>(lives: Iterable<LiveSocket<Row>>): Generator<LiveSocket<Row>[]> {
  let chunk: LiveSocket<Row>[] = [];
  for (const live of lives) {
    if (!isWatched(live)) continue;
    chunk.push(live);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** Returns whether there is a login to recheck. */
function isWatched<Row extends object>(live: LiveSocket<Row>): boolean {
  return !live.isClosing && live.socket.user !== null && socketInternals.basisOf(live.socket) !== null;
}
