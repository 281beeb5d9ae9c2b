/**
 * Rechecks all sockets of the node periodically and tolerates outages of the database: an outage ends no login, but
 * after the grace period the sockets are closed, since nothing vouches for them any more.
 */

import type { AuthCore } from "../../auth/core/core.ts";
import type { DjauthError } from "../../errors.ts";
import { refusal } from "../protocol/close_codes.ts";
import { closeAll } from "../registry/close_all.ts";
import type { LiveSocket, SocketRegistry } from "../registry/registry.ts";
import type { Occasion, Recheck } from "./recheck.ts";
import { Strays } from "./strays.ts";

/** The dependencies of {@link Revalidation}. */
export interface RevalidationParts<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly registry: SocketRegistry<Row>;
  readonly recheck: Recheck<Row>;
  /** Called when all were rechecked and the database answered. */
  readonly onRound: () => void;
}

/** The pause before the database is queried again during an outage, to which jitter is added. */
const RETRY_SECONDS = 5;
/** The same where it may answer again already: one connection broke, or the feed came back during the query. */
const EARLY_RETRY_SECONDS = 0.5;
/** The pause between two requested rounds: any role that may send over the feed can request them without limit. */
const REQUESTED_ROUND_PAUSE_SECONDS = 0.25;

/** The rounds of a node. */
export class Revalidation<Row extends object> {
  readonly #core: AuthCore<Row>;
  readonly #registry: SocketRegistry<Row>;
  readonly #recheck: Recheck<Row>;
  readonly #onRound: () => void;
  readonly #strays: Strays<Row>;
  #cancel: () => void = () => {};
  /** `timers.now()` at the next round. */
  #due = Infinity;
  #isRunning = false;
  #isRoundUnderWay = false;
  /** Requested while a round was under way, which may have passed the socket in question already. */
  #isAskedAgain = false;
  /** `timers.now()` at the first query without an answer. */
  #outageSince: number | null = null;

  constructor(parts: RevalidationParts<Row>) {
    this.#core = parts.core;
    this.#registry = parts.registry;
    this.#recheck = parts.recheck;
    this.#onRound = parts.onRound;
    const { core, recheck } = parts;
    this.#strays = new Strays({ core, recheck, onOutage: (error) => this.#onOutage(error) });
  }

  /** Starts the rounds: there are sockets. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#outageSince = null;
    this.#scheduleNext();
  }

  /** Stops them: there are no more sockets. */
  stop(): void {
    this.#isRunning = false;
    this.#due = Infinity;
    this.#cancel();
    this.#strays.stop();
  }

  /** Rechecks some now. */
  async recheck(lives: Iterable<LiveSocket<Row>>, occasion: Occasion): Promise<void> {
    const { outage, strays } = await this.#recheck.run(lives, occasion);
    if (this.#isRunning) this.#strays.add(strays);
    if (outage !== null) this.#onOutage(outage.error);
  }

  /** Rechecks all of them at a random time within so many seconds, so that nodes do not do it in step. */
  recheckAll(withinSeconds: number): void {
    if (!this.#isRunning) return;
    if (this.#isRoundUnderWay) this.#isAskedAgain = true;
    // Repeated requests, which any role may send over the feed, must not postpone the round.
    else if (withinSeconds * 1000 < this.#due - this.#core.timers.now()) {
      this.#schedule(withinSeconds * this.#chance());
    }
  }

  async #round(): Promise<void> {
    this.#isRoundUnderWay = true;
    this.#due = Infinity;
    const { timers, emit } = this.#core;
    const [start, sockets] = [timers.now(), this.#registry.size];
    const { outage, strays } = await this.#recheck.run(this.#registry.values(), "revalidation");
    this.#isRoundUnderWay = false;
    const isAskedAgain = this.#isAskedAgain;
    this.#isAskedAgain = false;
    if (this.#isRunning) this.#strays.add(strays);
    if (outage !== null) {
      return this.#onOutage(outage.error, isAskedAgain ? EARLY_RETRY_SECONDS : RETRY_SECONDS);
    }
    this.#outageSince = null;
    emit({ type: "sockets.revalidated", sockets, milliseconds: timers.now() - start });
    this.#onRound();
    if (isAskedAgain) this.#schedule(REQUESTED_ROUND_PAUSE_SECONDS);
    else this.#scheduleNext();
  }

  #onOutage(error: DjauthError, retrySeconds: number = RETRY_SECONDS): void {
    // A closed node has ended its database connections itself.
    if (!this.#isRunning) return;
    const now = this.#core.timers.now();
    const isFirst = this.#outageSince === null;
    const since = this.#outageSince ??= now;
    if (isFirst) this.#core.emit({ type: "auth.unavailable", error });
    // The round under way will see the outage too, but it may have passed this socket already.
    if (this.#isRoundUnderWay) return void (this.#isAskedAgain = true);
    const { outageGrace } = this.#core.settings.sockets;
    const left = since + outageGrace * 1000 - now;
    if (left <= 0) return this.#giveUp();
    const seconds = Math.min(
      (isFirst ? EARLY_RETRY_SECONDS : retrySeconds) * (0.5 + this.#chance()),
      left / 1000,
    );
    // Repeated hints during an outage must not postpone the next query.
    if (seconds * 1000 < this.#due - now) this.#schedule(seconds);
  }

  /** Closes with 1013 rather than 4401: no login has ended, and clients reconnect later. */
  #giveUp(): void {
    void closeAll(this.#withUser(), refusal("try_again_later"), this.#core.timers);
    this.#outageSince = null;
    this.#scheduleNext();
  }

  *#withUser(): Iterable<LiveSocket<Row>> {
    for (const live of this.#registry.values()) if (live.socket.user !== null) yield live;
  }

  #scheduleNext(): void {
    const { revalidateInterval } = this.#core.settings.sockets;
    // Jittered, so that nodes started together do not stay in step.
    if (revalidateInterval > 0) this.#schedule(revalidateInterval * (0.9 + 0.1 * this.#chance()));
  }

  #schedule(seconds: number): void {
    // While stopped, a `#due` in the future would block later schedules.
    if (!this.#isRunning) return;
    this.#cancel();
    this.#due = this.#core.timers.now() + seconds * 1000;
    this.#cancel = this.#core.timers.after(seconds * 1000, () => void this.#round());
  }

  #chance(): number {
    return this.#core.randomBytes(1)[0]! / 256;
  }
}
