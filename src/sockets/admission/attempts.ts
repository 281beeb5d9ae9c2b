/** The upgrades of a node that are under way: how many at a time, for how long, and against which limits. */

import type { EventListener, SocketLimit } from "../../auth/events/events.ts";
import type { Settings } from "../../auth/options/settings.ts";
import type { LimitCode } from "../../error_codes.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { Clock } from "../../types.ts";
import { Deadlines } from "./deadlines.ts";
import { Attempt } from "./attempt.ts";
import type { AttemptControl, Waiter } from "./attempt_control.ts";
import type { TrustedProxies } from "./client_address.ts";
import { Gate } from "./gate.ts";
import { SocketLimits } from "./limits.ts";

/** Time to open a connection; runtimes do so within milliseconds, or the client has left. */
const OPENING_SECONDS = 10;
/**
 * Refused connections that may await their end at a time. Deno never ends one whose client does not answer the close
 * frame: further refusals are sent over HTTP.
 */
const MAX_LINGERING = 2000;
/** Connections that may wait for their client to log in at a time. */
const MAX_SILENT = 2000;

/** The dependencies of {@link Attempts}. */
export interface AttemptsParts {
  readonly settings: Settings;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly emit: EventListener;
}

/** The upgrades of a node. */
export class Attempts implements AttemptControl<Attempt> {
  readonly gate: Gate<Attempt>;
  readonly limits: SocketLimits | null;
  readonly trustedProxies: TrustedProxies;
  /** Not decided yet. */
  readonly #deciding: Deadlines<Attempt>;
  /** With a connection that is not open yet. */
  readonly #opening: Deadlines<Attempt>;
  /** With a connection that waits for its client to log in; the one silent for longest comes first. */
  readonly #silent: Map<Attempt, Waiter> = new Map();
  /** Refused by a connection that has not ended yet. */
  readonly #lingering: Set<Attempt> = new Set();
  readonly #emit: EventListener;
  readonly #clock: Clock;
  #isClosed = false;

  constructor({ settings: { sockets }, timers, clock, emit }: AttemptsParts) {
    const { limits, whenFull, authenticationDeadline, maxAuthenticating, maxWaiting } = sockets;
    this.#emit = emit;
    this.#clock = clock;
    this.trustedProxies = sockets.trustedProxies;
    this.limits = limits.size === 0 ? null : new SocketLimits({ limits, replaces: whenFull === "replace" });
    this.gate = new Gate(maxAuthenticating, maxWaiting);
    this.#deciding = new Deadlines(
      authenticationDeadline * 1000,
      timers,
      (attempt) => attempt.stop("authentication_timeout"),
    );
    this.#opening = new Deadlines(OPENING_SECONDS * 1000, timers, (attempt) => attempt.finish());
  }

  /** Whether no more sockets may open. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** How many are neither open nor over. */
  get underWay(): number {
    return this.#deciding.size + this.#opening.size + this.#silent.size;
  }

  /** How many were refused by a connection that has not ended yet. */
  get lingering(): number {
    return this.#lingering.size;
  }

  now(): number {
    return this.#clock.now();
  }

  /**
   * Begins an upgrade.
   *
   * @param newsCount `SocketNode.newsCount` from before anything is looked up
   */
  begin(newsCount: number): Attempt {
    return new Attempt(this, newsCount);
  }

  /** Returns whether this one may be refused by a connection that opens only to be closed; if so, it lingers. */
  tryLinger(attempt: Attempt): boolean {
    if (this.lingering >= MAX_LINGERING) return false;
    attempt.startLingering();
    return true;
  }

  /**
   * Makes room for one more connection that waits: the one silent for longest gives way. If the newest were turned
   * away, silent strangers could keep everybody else out. Lingering ones do not count here, for the same reason: on
   * Deno only their clients can end them.
   */
  makeRoom(): void {
    const [oldest] = this.#silent;
    if (oldest === undefined || this.#silent.size < MAX_SILENT) return;
    const [attempt, waiter] = oldest;
    this.#silent.delete(attempt);
    waiter.giveWay();
  }

  /** Lets no more clients in; those that are undecided or have not logged in yet are refused. */
  close(): void {
    this.#isClosed = true;
    for (const attempt of [...this.#deciding.keys()]) attempt.stop("server_restart");
    for (const attempt of [...this.#silent.keys()]) attempt.end("server_restart");
  }

  startDeciding(attempt: Attempt): void {
    this.#deciding.add(attempt);
  }

  endDeciding(attempt: Attempt): void {
    this.#deciding.delete(attempt);
  }

  startOpening(attempt: Attempt): void {
    this.#opening.add(attempt);
  }

  endOpening(attempt: Attempt): void {
    this.#opening.delete(attempt);
  }

  wait(attempt: Attempt, waiter: Waiter): void {
    // Moved to the end: one whose client speaks is not the first to give way.
    this.#silent.delete(attempt);
    this.#silent.set(attempt, waiter);
  }

  endWait(attempt: Attempt): void {
    this.#silent.delete(attempt);
  }

  linger(attempt: Attempt): void {
    // A drain waits until those that were waiting have ended.
    if (this.#isClosed && this.#silent.has(attempt)) return;
    this.#silent.delete(attempt);
    this.#lingering.add(attempt);
  }

  forget(attempt: Attempt): void {
    this.#opening.delete(attempt);
    this.#silent.delete(attempt);
    this.#lingering.delete(attempt);
  }

  /** Reports that a limit was reached. */
  report(code: LimitCode, limit: SocketLimit, key: string): void {
    // A session's key is a credential.
    const isDisclosed = limit === "sockets.maxPerUser" || limit === "sockets.maxPerAddress";
    this.#emit({ type: "auth.limited", code, limit, whose: isDisclosed ? key : null });
  }
}
