/** Ends sockets when what they rest on ends by itself. One timer for the whole node. */

import type { AuthCore } from "../../auth/core/core.ts";
import type { LiveSocket, SocketRegistry } from "../registry/registry.ts";
import { socketInside } from "../socket/socket.ts";

/** The dependencies of {@link ExpiryTimer}. */
export interface ExpiryParts<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly registry: SocketRegistry<Row>;
  /** Looks at sockets again; Django may have extended a session meanwhile. */
  readonly look: (lives: LiveSocket<Row>[]) => Promise<void>;
}

/** Milliseconds between two looks at the list of sockets: what ends in between ends together. */
const SHORTEST_PAUSE = 250;
/** No timer of a runtime reaches farther than 2^31 milliseconds. */
const LONGEST_PAUSE = 24 * 60 * 60 * 1000;

/** Set for the first of all ends that are known by now, and set anew as sockets come and sessions are extended. */
export class ExpiryTimer<Row extends object> {
  readonly #parts: ExpiryParts<Row>;
  /** When the timer fires, in milliseconds since the epoch. */
  #due = Infinity;
  #cancel: () => void = () => {};
  /** Whether there are sockets: what was looked at meanwhile must not set the timer once more. */
  #isRunning = false;

  constructor(parts: ExpiryParts<Row>) {
    this.#parts = parts;
  }

  /** There is one more socket. */
  added(live: LiveSocket<Row>): void {
    this.#isRunning = true;
    const expiresAt = socketInside.basisOf(live.socket)?.expiresAt;
    if (expiresAt !== undefined && live.socket.user !== null) this.#fireAt(expiresAt);
  }

  /** There are no sockets any more. */
  stop(): void {
    this.#isRunning = false;
    this.#cancel();
    this.#due = Infinity;
  }

  #fireAt(moment: number): void {
    const { clock, timers } = this.#parts.core;
    if (!this.#isRunning || !(moment < this.#due)) return;
    this.#cancel();
    this.#due = moment;
    const pause = Math.min(Math.max(moment - clock.now(), SHORTEST_PAUSE), LONGEST_PAUSE);
    this.#cancel = timers.after(pause, () => void this.#fire());
  }

  async #fire(): Promise<void> {
    this.#due = Infinity;
    const now = this.#parts.core.clock.now();
    const over: LiveSocket<Row>[] = [];
    for (const [live, expiresAt] of this.#ends()) if (expiresAt <= now) over.push(live);
    if (over.length > 0) await this.#parts.look(over);
    // What has ended while the others were looked at is due as well.
    this.#planAfter(now);
  }

  /** Sets the timer for the next end; what is over and could not be looked at is taken up by the rounds. */
  plan(): void {
    this.#planAfter(this.#parts.core.clock.now());
  }

  #planAfter(moment: number): void {
    let next = Infinity;
    for (const [, expiresAt] of this.#ends()) if (expiresAt > moment && expiresAt < next) next = expiresAt;
    this.#fireAt(next);
  }

  *#ends(): Iterable<[LiveSocket<Row>, number]> {
    for (const live of this.#parts.registry.values()) {
      const basis = socketInside.basisOf(live.socket);
      if (!live.isClosing && live.socket.user !== null && basis !== null) yield [live, basis.expiresAt];
    }
  }
}
