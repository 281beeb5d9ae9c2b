/** What an upgrade needs of its node: the limits that apply, and the node's account of the stage of each upgrade. */

import type { SocketLimit } from "../../auth/events/events.ts";
import type { LimitCode } from "../../error_codes.ts";
import type { TrustedProxies } from "./client_address.ts";
import type { Gate } from "./gate.ts";
import type { SocketLimits } from "./limits.ts";

/** The node as its upgrades see it. */
export interface AttemptControl<Attempt extends object> {
  readonly gate: Gate<Attempt>;
  /** `null` where no limit is set: then nothing is kept for a socket. */
  readonly limits: SocketLimits | null;
  readonly trustedProxies: TrustedProxies;
  /** Whether no more sockets may open. */
  readonly isClosed: boolean;
  /** Returns the current time, in milliseconds since the epoch. */
  now(): number;
  /** Starts the deadline of the decision. */
  startDeciding(attempt: Attempt): void;
  endDeciding(attempt: Attempt): void;
  /** Starts the deadline for the connection to open. */
  startOpening(attempt: Attempt): void;
  endOpening(attempt: Attempt): void;
  /** Records that the connection waits for its client to log in; called again, that the client has just spoken. */
  wait(attempt: Attempt, waiter: Waiter): void;
  endWait(attempt: Attempt): void;
  /** Records that the connection was refused and has not ended yet. */
  linger(attempt: Attempt): void;
  /** Drops everything that is kept about a connection. */
  forget(attempt: Attempt): void;
  /** Reports that a limit was reached. */
  report(code: LimitCode, limit: SocketLimit, key: string): void;
}

/** A connection that waits for its client to log in. */
export interface Waiter {
  /** Closes to make room for other waiting connections. */
  giveWay(): void;
}
