/** The upgrades of a node that are under way: how many at a time, for how long, and what they count against. */

import type { AuthCore } from "../../auth/core/core.ts";
import type { SocketLimit } from "../../auth/events/events.ts";
import type { LimitCode } from "../../error_codes.ts";
import { Deadlines } from "./deadlines.ts";
import { Attempt, type AttemptControl, type Waiter } from "./attempt.ts";
import type { TrustedProxies } from "./client_address.ts";
import { Gate } from "./gate.ts";
import { SocketLimits } from "./limits.ts";

/** Seconds; a runtime opens a connection within milliseconds, or its client has left. */
export const OPENING = 10;
/**
 * Refusals that are connections at a time. Deno never ends one whose client does not answer the close frame: more than
 * these are told over HTTP.
 */
const MAX_LINGERING = 2000;
/** Connections at a time that wait for the login of their client. */
const MAX_WAITING = 2000;

/** The upgrades of a node. */
export class Attempts<Row extends object> implements AttemptControl {
  readonly gate: Gate<Attempt>;
  readonly limits: SocketLimits | null;
  readonly trustedProxies: TrustedProxies;
  readonly deciding: Deadlines<Attempt>;
  readonly opening: Deadlines<Attempt>;
  readonly waiting: Map<Attempt, Waiter> = new Map();
  readonly lingering: Set<Attempt> = new Set();
  readonly #emit: AuthCore<Row>["emit"];
  readonly #clock: AuthCore<Row>["clock"];
  #isClosed = false;

  constructor({ settings: { sockets }, timers, clock, emit }: AuthCore<Row>) {
    const { limits, whenFull, authenticationDeadline, maxAuthenticating, maxWaiting } = sockets;
    this.#emit = emit;
    this.#clock = clock;
    this.trustedProxies = sockets.trustedProxies;
    this.limits = limits.size === 0 ? null : new SocketLimits({ limits, replaces: whenFull === "replace" });
    this.gate = new Gate(maxAuthenticating, maxWaiting);
    this.deciding = new Deadlines(
      authenticationDeadline * 1000,
      timers,
      (attempt) => attempt.stop("authentication_timeout"),
    );
    this.opening = new Deadlines(OPENING * 1000, timers, (attempt) => attempt.over());
  }

  /** Whether no more sockets may open. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** How many are neither open nor over. */
  get underWay(): number {
    return this.deciding.size + this.opening.size + this.waiting.size;
  }

  /** Begins one. */
  begin(heard: number): Attempt {
    return new Attempt(this, heard, this.#clock.now());
  }

  /** The decision about one that has waited begins now: what was heard before concerns nobody who brings a login only now. */
  beginAnew(attempt: Attempt, heard: number): void {
    attempt.heard = heard;
    attempt.beganAt = this.#clock.now();
  }

  /** Whether one more may be refused by a connection that is opened to be closed. */
  mayLinger(attempt: Attempt): boolean {
    if (this.lingering.size >= MAX_LINGERING) return false;
    attempt.lingers();
    return true;
  }

  /**
   * Makes room for one more that waits: the one that has been silent for longest gives way. Were the newest turned away,
   * strangers who say nothing could keep everybody else out. How many linger does not count here, for the same reason: on
   * Deno nothing ends them but their clients.
   */
  makeRoom(): void {
    const [oldest] = this.waiting;
    if (oldest === undefined || this.waiting.size < MAX_WAITING) return;
    const [attempt, waiter] = oldest;
    this.waiting.delete(attempt);
    waiter.giveWay();
  }

  /** Lets no client in any more; those that are being decided about, or have not brought their login yet, are refused. */
  close(): void {
    this.#isClosed = true;
    for (const attempt of [...this.deciding.keys()]) attempt.stop("server_restart");
    for (const attempt of [...this.waiting.keys()]) attempt.end("server_restart");
  }

  /** Tells that a limit was reached. */
  tell(code: LimitCode, limit: SocketLimit, key: string): void {
    // The key of a session opens it.
    const isTold = limit === "sockets.maxPerUser" || limit === "sockets.maxPerAddress";
    this.#emit({ type: "auth.limited", code, limit, whose: isTold ? key : null });
  }
}
