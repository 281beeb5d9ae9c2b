/**
 * One upgrade, from the request to the end of its connection: the time that it is given, and the places that it holds.
 * Who may open a socket is decided in `upgrade/admit.ts`.
 */

import type { RequestInfo } from "../../auth/request/context.ts";
import type { SocketLimit } from "../../auth/events/events.ts";
import type { LimitCode, RefusalCode } from "../../error_codes.ts";
import type { Deadlines } from "./deadlines.ts";
import { isSessionKeyShape } from "../../session/session_key.ts";
import type { UserId } from "../../users/user_table.ts";
import { areTrusted, clientVisitor, type TrustedProxies } from "./client_address.ts";
import { refusal, type SocketRefusal } from "../protocol/close_codes.ts";
import type { Gate } from "./gate.ts";
import type { PlaceHolder, Places, SocketLimits } from "./limits.ts";

/** The dependencies of an attempt. */
export interface AttemptControl {
  readonly gate: Gate<Attempt>;
  /** `null` where nothing counts: then nothing is kept for a socket. */
  readonly limits: SocketLimits | null;
  readonly trustedProxies: TrustedProxies;
  /** Those about which nothing is decided yet. */
  readonly deciding: Deadlines<Attempt>;
  /** Those whose connection is not open yet. */
  readonly opening: Deadlines<Attempt>;
  /** Those whose connection waits for the login of its client, the one that has been silent for longest first. */
  readonly waiting: Map<Attempt, Waiter>;
  /** Those that were refused by a connection which has not ended yet. */
  readonly lingering: Set<Attempt>;
  /** Whether no more sockets may open. */
  readonly isClosed: boolean;
  /** Tells that a limit was reached. */
  tell(code: LimitCode, limit: SocketLimit, key: string): void;
}

/** What can be told to close. */
interface Refusable {
  refuse(reason: RefusalCode): void;
}

/** A connection that waits for the login of its client. */
export interface Waiter {
  /** Closes, for others have to wait as well. */
  giveWay(): void;
}

/** Where an attempt stands. */
type AttemptStage = "deciding" | "refused" | "accepted" | "open" | "over";

const NOTHING = (): void => {};
/** Stands for the address of a visitor who has none. */
const UNKNOWN = "unknown";

/** One upgrade. */
export class Attempt implements PlaceHolder {
  /** What the node had heard from the feed when the decision began. */
  heard: number;
  /** When that was, in milliseconds since the epoch. */
  beganAt: number;
  readonly #control: AttemptControl;
  #stage: AttemptStage = "deciding";
  /** Says to who waits for the decision that it is a refusal. */
  #answer: (reason: RefusalCode) => void = NOTHING;
  #places: Places | null = null;
  /** Whether it has entered the gate, or waits there. */
  #isAtGate = false;
  /** Why the socket shall not be, although it was accepted. */
  #ending: RefusalCode | null = null;
  #connection: Refusable | null = null;

  constructor(control: AttemptControl, heard: number, beganAt: number) {
    this.#control = control;
    this.heard = heard;
    this.beganAt = beganAt;
  }

  /** Whether the client has left or was refused: then nothing more of the application's runs for this upgrade. */
  get isStopped(): boolean {
    return this.#stage !== "deciding";
  }

  /** Whether places are held as long as the connection lives. */
  get holdsPlaces(): boolean {
    return this.#places !== null;
  }

  /**
   * Makes the decision, within the time that there is for it.
   *
   * @param work decides; a text is the reason of a refusal
   * @param refuse makes the refusal, at once when it is known
   */
  decide<Result extends object, Refusal>(
    work: () => Promise<Result | RefusalCode>,
    refuse: (reason: RefusalCode) => Refusal,
  ): Promise<Result | Refusal> {
    return new Promise((resolve, reject) => {
      this.#answer = (reason) => resolve(refuse(reason));
      if (this.#control.isClosed) return this.stop("server_restart");
      this.#control.deciding.add(this);
      work().then((result) => {
        if (this.isStopped) return;
        if (typeof result === "string") return this.stop(result);
        const full = this.#full(this.#places?.accept() ?? null);
        if (full !== null) return this.stop(full);
        this.#leaveDecision("accepted");
        resolve(result);
      }, (error) => {
        reject(error);
        this.stop("server_error");
        this.over();
      });
    });
  }

  /** Ends the decision with a refusal, whether or not it was made. */
  stop(reason: RefusalCode): void {
    if (this.isStopped) return;
    this.#places?.leave();
    this.#answer(reason);
    this.#leaveDecision("refused");
  }

  /**
   * Takes the places that are known from the request alone; the reason when there are none. That of the address once, also
   * for who comes again with a token.
   *
   * @param sessionKey what the cookie holds, whatever that is
   */
  reserve(request: Request, info: RequestInfo, sessionKey: string | null): RefusalCode | null {
    const { limits } = this.#control;
    if (limits === null) return null;
    const hasWaited = this.#places !== null;
    this.#places ??= limits.placesFor(this);
    const full = this.#take("sockets.max", "") ??
      (hasWaited ? null : this.#reserveAddress(limits, request, info));
    if (full !== null || sessionKey === null) return full;
    // What no session can have for a key is not kept: a stranger would choose it, as long as a header may be.
    return isSessionKeyShape(sessionKey) ? this.#take("sockets.maxPerSession", sessionKey) : null;
  }

  /**
   * Takes the place of a connection that is to wait for its token. That of the node is taken with the token: strangers who
   * say nothing, and come again as soon as they are sent away, would have all of them.
   */
  reserveWaiting(request: Request, info: RequestInfo): RefusalCode | null {
    const { limits } = this.#control;
    if (limits === null) return null;
    this.#places = limits.placesFor(this);
    return this.#reserveAddress(limits, request, info);
  }

  #reserveAddress(limits: SocketLimits, request: Request, info: RequestInfo): RefusalCode | null {
    if (!limits.has("sockets.maxPerAddress")) return null;
    const { trustedProxies } = this.#control;
    const forwardedFor = areTrusted(trustedProxies) ? request.headers.get("x-forwarded-for") : null;
    const visitor = clientVisitor(info.remoteAddress, forwardedFor, trustedProxies);
    // Visitors without an address, as over a Unix socket, are as one: a limit that is set must not be off in silence.
    return this.#take("sockets.maxPerAddress", visitor ?? UNKNOWN);
  }

  /** Takes the user's place, as soon as it is known who that is. */
  reserveFor(user: UserId): RefusalCode | null {
    return this.#take("sockets.maxPerUser", String(user));
  }

  /** The login is of this session, or of none, and not of the one that the cookie names: so it counts for that. */
  restsOn(sessionKey: string | null): RefusalCode | null {
    this.#places?.drop("sockets.maxPerSession");
    return sessionKey === null ? null : this.#take("sockets.maxPerSession", sessionKey);
  }

  /** Waits until this one may ask the database; `try_again_later` at once where too many wait already. */
  turn(): Promise<void> | RefusalCode | null {
    const entered = this.#control.gate.enter(this);
    this.#isAtGate = entered !== "full";
    if (entered === "inside") return null;
    if (entered !== "full") return entered;
    this.#control.tell("try_again_later", "sockets.maxAuthenticating", "");
    return "try_again_later";
  }

  /** There is a connection to be, of a socket or of a refusal, which has so much time to open. */
  connects(connection: Refusable | null = null): void {
    this.#connection = connection;
    this.#control.opening.add(this);
  }

  /** The connection waits for its client to say who that is; or has just heard it. */
  waits(waiter: Waiter): void {
    const { waiting } = this.#control;
    // As the last one: who says something is not the first to give way.
    waiting.delete(this);
    waiting.set(this, waiter);
  }

  /** The client has said so, and may come in. */
  waitsNoMore(): void {
    this.#control.waiting.delete(this);
  }

  /**
   * It was refused, and its connection told to close. On Deno that may last as long as the client likes: its places are
   * held by whose they are, but that of the node is free for others.
   */
  lingers(): void {
    // Nothing would ever take it away again.
    if (this.#stage === "over") return;
    this.#places?.leave();
    this.#places?.drop("sockets.max");
    const { waiting, lingering, isClosed } = this.#control;
    // Of a node that is being emptied, the ends are waited for.
    if (isClosed && waiting.has(this)) return;
    waiting.delete(this);
    lingering.add(this);
  }

  /** Closes the connection. */
  end(reason: RefusalCode): void {
    this.#connection?.refuse(reason);
  }

  /** The connection is open; what it is to be closed with at once, or `null`. */
  opened(): SocketRefusal | null {
    this.#control.opening.delete(this);
    const reason = this.#stage === "over" ? "try_again_later" : this.#ending;
    if (this.#stage === "accepted") this.#stage = "open";
    if (reason !== null) return refusal(reason);
    return this.#control.isClosed ? refusal("server_restart") : null;
  }

  /** The socket is another one's now, or nobody's; the reason when there is no place for that. */
  moved(user: UserId | null, sessionKey: string | null): RefusalCode | null {
    return this.#move("sockets.maxPerUser", user === null ? null : String(user)) ??
      // Without a session, the place of the one before is kept: a login passes through that.
      (sessionKey === null ? null : this.#move("sockets.maxPerSession", sessionKey));
  }

  /** The connection was told to close. */
  leaves(): void {
    this.#places?.leave();
  }

  /** The connection has ended, or will never be. */
  over(): void {
    if (this.#stage === "over") return;
    this.stop("try_again_later");
    this.#stage = "over";
    this.#control.opening.delete(this);
    this.#control.waiting.delete(this);
    this.#control.lingering.delete(this);
    this.#places?.release();
    this.#places = null;
    this.#connection = null;
  }

  /** Another one has this one's place: it is refused, or its socket closes. */
  replaced(limit: SocketLimit, key: string): void {
    this.#control.tell("replaced", limit, key);
    this.stop("replaced");
    this.#ending = "replaced";
    this.end("replaced");
  }

  #leaveDecision(stage: AttemptStage): void {
    this.#stage = stage;
    this.#answer = NOTHING;
    this.#control.deciding.delete(this);
    if (this.#isAtGate) this.#control.gate.leave(this);
    this.#isAtGate = false;
  }

  #take(limit: SocketLimit, key: string): RefusalCode | null {
    return this.#places === null || this.#places.take(limit, key) ? null : this.#full({ limit, key });
  }

  #move(limit: SocketLimit, key: string | null): RefusalCode | null {
    if (this.#places === null || this.#places.move(limit, key)) return null;
    this.#control.tell("too_many_connections", limit, key!);
    return "too_many_connections";
  }

  #full(reached: { limit: SocketLimit; key: string } | null): RefusalCode | null {
    if (reached === null) return null;
    this.#control.tell("too_many_connections", reached.limit, reached.key);
    // What was reserved before is free for others at once: a refused connection holds none of it. One that has waited is
    // there already, and its client may ignore that it is told to close: it counts for its address until it ends.
    this.#places?.release(this.#connection === null ? null : "sockets.maxPerAddress");
    return "too_many_connections";
  }
}
