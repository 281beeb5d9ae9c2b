/**
 * One upgrade, from the request to the end of its connection: the deadline it is subject to and the places it holds.
 * `upgrade/admit.ts` decides who may open a socket.
 */

import type { RequestInfo } from "../../auth/request/context.ts";
import type { SocketLimit } from "../../auth/events/events.ts";
import type { RefusalCode } from "../../error_codes.ts";
import { isSessionKeyShape } from "../../session/session_key.ts";
import type { UserId } from "../../users/user_table.ts";
import type { AttemptControl, Waiter } from "./attempt_control.ts";
import { areTrusted, clientVisitor } from "./client_address.ts";
import { refusal, type SocketRefusal } from "../protocol/close_codes.ts";
import type { PlaceHolder, Places, SocketLimits } from "./limits.ts";

/** A connection that can be told to close. */
interface Refusable {
  refuse(reason: RefusalCode): void;
}

/** The stage an attempt has reached. */
type AttemptStage = "deciding" | "refused" | "accepted" | "open" | "over";

const NOTHING = (): void => {};
/** Stands in for a client address that is not known. */
const UNKNOWN_ADDRESS = "unknown";

/** One upgrade. */
export class Attempt implements PlaceHolder {
  readonly #control: AttemptControl<Attempt>;
  #newsCount: number;
  #beganAt: number;
  #stage: AttemptStage = "deciding";
  /** Resolves the decision with a refusal. */
  #answer: (reason: RefusalCode) => void = NOTHING;
  #places: Places | null = null;
  /** Whether it has passed the gate or is queued there. */
  #isAtGate = false;
  /** Why the socket must close, although it was accepted. */
  #ending: RefusalCode | null = null;
  #connection: Refusable | null = null;

  /** @param newsCount `SocketNode.newsCount` from before anything is looked up */
  constructor(control: AttemptControl<Attempt>, newsCount: number) {
    this.#control = control;
    this.#newsCount = newsCount;
    this.#beganAt = control.now();
  }

  /** `SocketNode.newsCount` when the decision began. */
  get newsCount(): number {
    return this.#newsCount;
  }

  /** When the decision began, in milliseconds since the epoch. */
  get beganAt(): number {
    return this.#beganAt;
  }

  /** Whether the client has left or was refused: then no more application code runs for this upgrade. */
  get isStopped(): boolean {
    return this.#stage !== "deciding";
  }

  /** Whether there is a connection already: that of a client that has waited, or of a refusal. */
  get isConnected(): boolean {
    return this.#connection !== null;
  }

  /** Whether it holds places for as long as the connection lives. */
  get holdsPlaces(): boolean {
    return this.#places !== null;
  }

  /** Begins the decision anew for a client that has waited: earlier news cannot concern a login it only now brings. */
  restart(newsCount: number): void {
    this.#newsCount = newsCount;
    this.#beganAt = this.#control.now();
  }

  /**
   * Makes the decision, within its deadline. Never rejects: an error of `work` is a refusal.
   *
   * @param work decides; a string is the reason for a refusal
   * @param refuse creates the refusal as soon as its reason is known
   * @param reasonOf reports an error of `work` and returns the reason for the client
   */
  decide<Result extends object, Refusal>(
    work: () => Promise<Result | RefusalCode>,
    refuse: (reason: RefusalCode) => Refusal,
    reasonOf: (error: unknown) => RefusalCode,
  ): Promise<Result | Refusal> {
    return new Promise((resolve) => {
      this.#answer = (reason) => resolve(refuse(reason));
      if (this.#control.isClosed) return this.stop("server_restart");
      this.#control.startDeciding(this);
      work().then((result) => {
        if (this.isStopped) return;
        if (typeof result === "string") return this.stop(result);
        const full = this.#full(this.#places?.accept() ?? null);
        if (full !== null) return this.stop(full);
        this.#leaveDecision("accepted");
        resolve(result);
      }, (error) => this.stop(reasonOf(error)));
    });
  }

  /** Ends an undecided attempt with a refusal. */
  stop(reason: RefusalCode): void {
    if (this.isStopped) return;
    this.#places?.leave();
    this.#answer(reason);
    this.#leaveDecision("refused");
  }

  /**
   * Takes the places that the request alone determines; returns the reason if one is not free. A client that has waited
   * for its token already holds the place of its address.
   *
   * @param sessionKey the value of the cookie, not validated
   */
  reserve(request: Request, info: RequestInfo, sessionKey: string | null): RefusalCode | null {
    const { limits } = this.#control;
    if (limits === null) return null;
    const hasWaited = this.#places !== null;
    this.#places ??= limits.placesFor(this);
    const full = this.#take("sockets.max", "") ??
      (hasWaited ? null : this.#reserveAddress(limits, request, info));
    if (full !== null || sessionKey === null) return full;
    // Anything else is not kept: a stranger could choose it, up to the length of a header.
    return isSessionKeyShape(sessionKey) ? this.#take("sockets.maxPerSession", sessionKey) : null;
  }

  /**
   * Takes the place of the address for a connection that is to wait for its token. The place of the node is only taken
   * with the token: otherwise silent strangers who reconnect whenever they are closed would hold all of them.
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
    // Visitors without an address (as over a Unix socket) count as one: a configured limit must not silently be off.
    return this.#take("sockets.maxPerAddress", visitor ?? UNKNOWN_ADDRESS);
  }

  /** Takes the user's place, once the user is known. */
  reserveFor(user: UserId): RefusalCode | null {
    return this.#take("sockets.maxPerUser", String(user));
  }

  /** Counts the login for the session it rests on, if any, rather than for the one that the cookie names. */
  reserveSession(sessionKey: string | null): RefusalCode | null {
    this.#places?.drop("sockets.maxPerSession");
    return sessionKey === null ? null : this.#take("sockets.maxPerSession", sessionKey);
  }

  /** Waits until this attempt may query the database; `try_again_later` where too many are queued already. */
  enterGate(): Promise<void> | RefusalCode | null {
    const entered = this.#control.gate.enter(this);
    this.#isAtGate = entered !== "full";
    if (entered === "inside") return null;
    if (entered !== "full") return entered;
    this.#control.report("try_again_later", "sockets.maxAuthenticating", "");
    return "try_again_later";
  }

  /** Starts the time that the connection (of a socket or of a refusal) has to open. */
  startOpening(connection: Refusable | null = null): void {
    this.#connection = connection;
    this.#control.startOpening(this);
  }

  /** Records that the connection waits for its client to log in, or that the client has just spoken. */
  startWaiting(waiter: Waiter): void {
    this.#control.wait(this, waiter);
  }

  /** The client has logged in. */
  stopWaiting(): void {
    this.#control.endWait(this);
  }

  /**
   * The attempt was refused and its connection told to close. On Deno the client decides how long that takes: meanwhile
   * it counts against every limit but that of the node.
   */
  startLingering(): void {
    // Nothing would ever remove it again.
    if (this.#stage === "over") return;
    this.#places?.leave();
    this.#places?.drop("sockets.max");
    this.#control.linger(this);
  }

  /** Closes the connection. */
  end(reason: RefusalCode): void {
    this.#connection?.refuse(reason);
  }

  /** The connection is open; returns what to close it with immediately, or `null`. */
  opened(): SocketRefusal | null {
    this.#control.endOpening(this);
    const reason = this.#stage === "over" ? "try_again_later" : this.#ending;
    if (this.#stage === "accepted") this.#stage = "open";
    if (reason !== null) return refusal(reason);
    return this.#control.isClosed ? refusal("server_restart") : null;
  }

  /** Counts the socket for another user and session, or for none; returns the reason if there is no place. */
  moveTo(user: UserId | null, sessionKey: string | null): RefusalCode | null {
    return this.#move("sockets.maxPerUser", user === null ? null : String(user)) ??
      // Without a session, the previous session's place is kept: every login passes through that state.
      (sessionKey === null ? null : this.#move("sockets.maxPerSession", sessionKey));
  }

  /** The connection was told to close. */
  markClosing(): void {
    this.#places?.leave();
  }

  /** The connection has ended, or will never open. */
  finish(): void {
    if (this.#stage === "over") return;
    this.stop("try_again_later");
    this.#stage = "over";
    this.#control.forget(this);
    this.#places?.release();
    this.#places = null;
    this.#connection = null;
  }

  /** A newer attempt has taken its place: it is refused, or its socket closes. */
  replaced(limit: SocketLimit, key: string): void {
    this.#control.report("replaced", limit, key);
    // Strangers may have taken an undecided one's place: that must not keep a page from coming back.
    const reason = limit === "sockets.max" && !this.isStopped ? "try_again_later" : "replaced";
    this.stop(reason);
    this.#ending = reason;
    this.end(reason);
  }

  #leaveDecision(stage: AttemptStage): void {
    this.#stage = stage;
    this.#answer = NOTHING;
    this.#control.endDeciding(this);
    if (this.#isAtGate) this.#control.gate.leave(this);
    this.#isAtGate = false;
  }

  #take(limit: SocketLimit, key: string): RefusalCode | null {
    return this.#places === null || this.#places.take(limit, key) ? null : this.#full({ limit, key });
  }

  #move(limit: SocketLimit, key: string | null): RefusalCode | null {
    if (this.#places === null || this.#places.move(limit, key)) return null;
    this.#control.report("too_many_connections", limit, key!);
    return "too_many_connections";
  }

  #full(reached: { limit: SocketLimit; key: string } | null): RefusalCode | null {
    if (reached === null) return null;
    this.#control.report("too_many_connections", reached.limit, reached.key);
    // A refused connection holds none of the places reserved before. One that has waited is open already, and its
    // client may ignore the close frame: it counts against its address until it ends.
    this.#places?.release(this.isConnected ? "sockets.maxPerAddress" : null);
    return "too_many_connections";
  }
}
