/**
 * Looks at all sockets of the node again and again, and bears it when the database is away: an outage ends no login,
 * but after the grace period no answer vouches for the sockets any more.
 */

import type { AuthCore } from "../../auth/core/core.ts";
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
  /** All were looked at, and the database answered. */
  readonly onRound: () => void;
}

/** Seconds until the database is asked again while it is away, more or less. */
const RETRY = 5;
/** The same where it may answer already: one connection broke, or the feed came back while it was asked. */
const SOON = 0.5;
/** Seconds between two rounds that others ask for: a role that may send over the feed could ask without end. */
const AGAIN = 0.25;

/** The rounds of a node. */
export class Revalidation<Row extends object> {
  readonly #core: AuthCore<Row>;
  readonly #registry: SocketRegistry<Row>;
  readonly #recheck: Recheck<Row>;
  readonly #onRound: () => void;
  readonly #strays: Strays<Row>;
  #cancel: () => void = () => {};
  /** `timers.now()` of the next round. */
  #due = Infinity;
  #isRunning = false;
  #isRoundUnderWay = false;
  /** Asked for while a round was under way, which may have passed the socket already. */
  #isAskedAgain = false;
  /** `timers.now()` of the first question that was not answered. */
  #outageSince: number | null = null;

  constructor(parts: RevalidationParts<Row>) {
    this.#core = parts.core;
    this.#registry = parts.registry;
    this.#recheck = parts.recheck;
    this.#onRound = parts.onRound;
    const { core, recheck } = parts;
    this.#strays = new Strays({ core, recheck, onOutage: (error) => this.#onOutage(error) });
  }

  /** There are sockets. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#outageSince = null;
    this.#scheduleNext();
  }

  /** There are none any more. */
  stop(): void {
    this.#isRunning = false;
    this.#due = Infinity;
    this.#cancel();
    this.#strays.stop();
  }

  /** Looks at some now. */
  async look(lives: Iterable<LiveSocket<Row>>, occasion: Occasion): Promise<void> {
    const { outage, strays } = await this.#recheck.run(lives, occasion);
    if (this.#isRunning) this.#strays.add(strays);
    if (outage !== null) this.#onOutage(outage.error);
  }

  /** Looks at all of them within so many seconds: not in the same moment as the other nodes. */
  lookAtAll(within: number): void {
    if (!this.#isRunning) return;
    if (this.#isRoundUnderWay) this.#isAskedAgain = true;
    // Requests that come again and again, as any role may send over the feed, must not put the round off.
    else if (within * 1000 < this.#due - this.#core.timers.now()) this.#schedule(within * this.#chance());
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
    if (outage !== null) return this.#onOutage(outage.error, isAskedAgain ? SOON : RETRY);
    this.#outageSince = null;
    emit({ type: "sockets.revalidated", sockets, milliseconds: timers.now() - start });
    this.#onRound();
    if (isAskedAgain) this.#schedule(AGAIN);
    else this.#scheduleNext();
  }

  /** @param pause seconds until the database is asked again, more or less */
  #onOutage(error: unknown, pause: number = RETRY): void {
    // A node that was closed has ended its connections itself.
    if (!this.#isRunning) return;
    const now = this.#core.timers.now();
    const isFirst = this.#outageSince === null;
    const since = this.#outageSince ??= now;
    if (isFirst) this.#core.emit({ type: "auth.unavailable", error });
    // The round finds out how things stand, but it may have passed this socket already.
    if (this.#isRoundUnderWay) return void (this.#isAskedAgain = true);
    const { outageGrace } = this.#core.settings.sockets;
    const left = since + outageGrace * 1000 - now;
    if (left <= 0) return this.#giveUp();
    const seconds = Math.min((isFirst ? SOON : pause) * (0.5 + this.#chance()), left / 1000);
    // One hint after the other that finds no answer must not put the next question off.
    if (seconds * 1000 < this.#due - now) this.#schedule(seconds);
  }

  /** 1013 and not 4401: no login has ended, and a client comes back when there is an answer. */
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
    // Jittered, so that nodes that were started together do not ask together for ever.
    if (revalidateInterval > 0) this.#schedule(revalidateInterval * (0.9 + 0.1 * this.#chance()));
  }

  #schedule(seconds: number): void {
    // A moment that nothing comes of would keep every later one away.
    if (!this.#isRunning) return;
    this.#cancel();
    this.#due = this.#core.timers.now() + seconds * 1000;
    this.#cancel = this.#core.timers.after(seconds * 1000, () => void this.#round());
  }

  #chance(): number {
    return this.#core.randomBytes(1)[0]! / 256;
  }
}
