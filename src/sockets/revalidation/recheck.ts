/**
 * Looks at sockets again: does what each rests on still name its user? Many at a time, of which the stores make a few
 * queries.
 */

import { isSameKey } from "../../users/primary_key.ts";
import type { AuthCore } from "../../auth/core/core.ts";
import type { RefusalCode } from "../../error_codes.ts";
import { isOutage } from "../../internal/outages.ts";
import { pause } from "../../internal/time/pause.ts";
import { isSameUser } from "../../users/django_user.ts";
import { refusal } from "../protocol/close_codes.ts";
import type { LiveSocket } from "../registry/registry.ts";
import { socketInside } from "../socket/socket.ts";

/** Why sockets are looked at. */
export type Occasion = "expiry" | "revalidation" | "feed" | "node";

/**
 * Sockets at a time: between two chunks other work gets its turn. One chunk after the other, since what waits for its answer
 * lives on in memory, and the pauses of the garbage collector are as long as that is much.
 */
const CHUNK = 600;

/**
 * Milliseconds. Django writes a new password first and replaces the user's own session then: who looks in between sees a
 * session that was stolen, and a moment later one that was replaced, with which the page may come back at once.
 */
const SECOND_LOOK = 50;

/** What looking at sockets could not find out. */
export interface Unanswered<Row extends object> {
  /** Why the database gave no answer: then the rest was not looked at. `null` when it answered. */
  outage: { readonly error: unknown } | null;
  /** Sockets of which nothing is known, since the look at them threw, and what it threw. */
  readonly strays: Map<LiveSocket<Row>, unknown>;
}

/** Looks at sockets again. */
export class Recheck<Row extends object> {
  readonly #core: AuthCore<Row>;

  constructor(core: AuthCore<Row>) {
    this.#core = core;
  }

  /** Looks at these, closes those whose login is over, and renews the user of the others. */
  async run(lives: Iterable<LiveSocket<Row>>, occasion: Occasion): Promise<Unanswered<Row>> {
    const since = this.#core.timers.now();
    const unanswered: Unanswered<Row> = { outage: null, strays: new Map() };
    let isFirst = true;
    for (const chunk of chunksOf(lives)) {
      if (!isFirst) await pause(this.#core.timers, 0);
      isFirst = false;
      await Promise.all(chunk.map((live) => this.#try(live, occasion, since, unanswered)));
      if (unanswered.outage !== null) break;
    }
    return unanswered;
  }

  /** Neither an outage nor an error says anything about a login: only an answer closes a socket. */
  #try(
    live: LiveSocket<Row>,
    occasion: Occasion,
    since: number,
    unanswered: Unanswered<Row>,
  ): Promise<void> {
    return this.#look(live, occasion, since).catch((error) => {
      // What else goes wrong is about this row, and must not keep the others from being looked at.
      if (isOutage(error)) unanswered.outage = { error };
      else unanswered.strays.set(live, error);
    });
  }

  async #look(live: LiveSocket<Row>, occasion: Occasion, since: number): Promise<void> {
    const { user } = live.socket;
    const basis = socketInside.basisOf(live.socket);
    if (user === null || basis === null) return;
    let identity = await basis.look(user);
    if (identity.refusal === "password_changed") {
      await pause(this.#core.timers, SECOND_LOOK);
      identity = await basis.look(user);
    }
    // By now it may rest on another login, which was not looked at.
    if (live.isClosing || socketInside.basisOf(live.socket) !== basis) return;
    if (identity.user === null) {
      this.#revoke(live, identity.refusal ?? "not_authenticated", occasion, since);
    } else if (!isSameKey(identity.user.pk, user.pk)) {
      // A socket belongs to one user for as long as it lives, whatever user the session names by now.
      this.#revoke(live, "session_ended", occasion, since);
    } else if (live.socket.user !== user) {
      // Another look has renewed it meanwhile; which of the two read the newer row is not known.
      await this.#look(live, occasion, since);
    } else if (!isSameUser(user, identity.user)) {
      live.renew(identity.user);
    }
  }

  #revoke(live: LiveSocket<Row>, code: RefusalCode, occasion: Occasion, since: number): void {
    // The session is there and names nobody: the login that this socket rests on has ended.
    const { code: closeCode, reason } = refusal(code === "not_authenticated" ? "session_ended" : code);
    const { id: socketId, user } = live.socket;
    live.end(closeCode, reason);
    this.#core.emit({
      type: "auth.revoked",
      code: reason,
      occasion,
      userId: user!.pk,
      socketId,
      milliseconds: this.#core.timers.now() - since,
    });
  }
}

/** Made as they are asked for: who comes while others are looked at is looked at as well. */
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

/** Whether there is anything to look at: a socket without a user cannot lose one. */
function isWatched<Row extends object>(live: LiveSocket<Row>): boolean {
  return !live.isClosing && live.socket.user !== null && socketInside.basisOf(live.socket) !== null;
}
