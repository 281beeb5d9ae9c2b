/** Ends sockets when their login expires, with one timer for the whole node. */

import type { AuthCore } from "../../auth/core/core.ts";
import type { LiveSocket, SocketRegistry } from "../registry/registry.ts";
import { socketInternals } from "../socket/socket.ts";

/** The dependencies of {@link ExpiryTimer}. */
export interface ExpiryParts<Row extends object> {
  readonly core: Pick<AuthCore<Row>, "clock" | "timers">;
  readonly registry: SocketRegistry<Row>;
  /** Rechecks sockets; Django may have extended a session meanwhile. */
  readonly recheck: (lives: LiveSocket<Row>[]) => Promise<void>;
}

/** The pause between two passes over the sockets: those that expire in between end together. */
const MIN_PAUSE_MS = 250;
/** Well below the 2^31 ms that a runtime's timer can span. */
const MAX_PAUSE_MS = 24 * 60 * 60 * 1000;

/** Fires at the earliest known expiry; reset as sockets open and sessions are extended. */
export class ExpiryTimer<Row extends object> {
  readonly #parts: ExpiryParts<Row>;
  /** When the timer fires, in milliseconds since the epoch. */
  #due = Infinity;
  #cancel: () => void = () => {};
  /** Whether there are sockets: a recheck that finishes after the last one closed must not set the timer again. */
  #isRunning = false;

  constructor(parts: ExpiryParts<Row>) {
    this.#parts = parts;
  }

  /** A socket has opened, or rests on another login. */
  added(live: LiveSocket<Row>): void {
    this.#isRunning = true;
    const expiresAt = socketInternals.basisOf(live.socket)?.expiresAt;
    if (expiresAt !== undefined && live.socket.user !== null) this.#fireAt(expiresAt);
  }

  /** Stops the timer: there are no more sockets. */
  stop(): void {
    this.#isRunning = false;
    this.#cancel();
    this.#due = Infinity;
  }

  #fireAt(time: number): void {
    const { clock, timers } = this.#parts.core;
    if (!this.#isRunning || !(time < this.#due)) return;
    this.#cancel();
    this.#due = time;
    const pause = Math.min(Math.max(time - clock.now(), MIN_PAUSE_MS), MAX_PAUSE_MS);
    this.#cancel = timers.after(pause, () => void this.#fire());
  }

  async #fire(): Promise<void> {
    this.#due = Infinity;
    const now = this.#parts.core.clock.now();
    const expired: LiveSocket<Row>[] = [];
    for (const [live, expiresAt] of this.#ends()) if (expiresAt <= now) expired.push(live);
    if (expired.length > 0) await this.#parts.recheck(expired);
    // Counted from before the recheck: those that expired during it are due as well.
    this.#planAfter(now);
  }

  /** Sets the timer for the next expiry; expired logins that could not be rechecked are left to the rounds. */
  plan(): void {
    this.#planAfter(this.#parts.core.clock.now());
  }

  #planAfter(time: number): void {
    let next = Infinity;
    for (const [, expiresAt] of this.#ends()) if (expiresAt > time && expiresAt < next) next = expiresAt;
    this.#fireAt(next);
  }

  *#ends(): Iterable<[LiveSocket<Row>, number]> {
    for (const live of this.#parts.registry.values()) {
      const basis = socketInternals.basisOf(live.socket);
      if (!live.isClosing && live.socket.user !== null && basis !== null) yield [live, basis.expiresAt];
    }
  }
}
