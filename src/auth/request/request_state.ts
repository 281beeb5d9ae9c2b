/**
 * The state of one request: cookie, session, user, CSRF secret, form, each looked up lazily and at most once. Its
 * public API is `context.ts`; what a response must carry is decided in `finish.ts`.
 */

import { NotAuthenticated } from "../../account_errors.ts";
import { detached } from "../../internal/bytes.ts";
import { cookieValue } from "../../internal/cookies.ts";
import { retriable } from "../../internal/retriable.ts";
import { factsOf, type RequestFacts } from "../../origin/request_facts.ts";
import type { Token } from "../../jwt/tokens/token.ts";
import { sessionKeyOrNull } from "../../session/session_key.ts";
import type { Session } from "../../session/session.ts";
import type { StoredSession } from "../../session/store.ts";
import type { User } from "../../users/user.ts";
import type { AuthCore } from "../core/core.ts";
import { CsrfState } from "./csrf_state.ts";
import { readForm } from "./form_body.ts";
import { credentialsOf, type UpgradeCredentials } from "../identity/credentials.ts";
import { identifyRequest, type RequestIdentity } from "../identity/request_identity.ts";
import { identifyAndKeep, identifyAsRead, knownIdentity } from "../identity/known_identity.ts";
import { type Identity, nobody } from "../identity/identity.ts";
import { identifyOpened, identifySession } from "../identity/session_identity.ts";
import type { JwtStore } from "./jwt_store.ts";
import { loadAccess, type LoadedAccess, loadTokens } from "./load_tokens.ts";
import { type TokenUser, tokenUser } from "../identity/token_user.ts";
import { requireTokens, type TokenService } from "../core/token_service.ts";

const TOO_LATE = "A login or logout finished after its response was sent, so no cookie carries it: await it";

/** The state of one request. */
export class RequestState<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly request: Request;
  /** The credentials of an upgrade; `null` for any other request. */
  readonly upgrade: UpgradeCredentials | null;
  #cookies: string | null | undefined;
  #facts: RequestFacts | undefined;
  #sessionKey: string | null | undefined;
  #stored: Promise<StoredSession | null> | undefined;
  #session: Promise<Session> | undefined;
  /** The session, if it was opened before the identity was asked for: one opened later waits for the identity. */
  #openedFirst: Promise<Session> | undefined;
  #identity: Promise<RequestIdentity<Row>> | undefined;
  #isGoodLogin = false;
  /** Whether the identity came from the identity cache, without reading the session. */
  #isKnown = false;
  #form: Promise<FormData> | undefined;
  #jwt: Promise<JwtStore<Row>> | undefined;
  #csrf: CsrfState | undefined;
  #hasReadToken = false;
  #isFinished = false;

  constructor(core: AuthCore<Row>, request: Request, upgrade: UpgradeCredentials | null = null) {
    this.core = core;
    this.request = request;
    this.upgrade = upgrade;
  }

  /** Whether the session was accessed in any way: then the response varies with the cookie. */
  get accessed(): boolean {
    return this.#stored !== undefined || this.#session !== undefined || this.#identity !== undefined;
  }

  /** The session, if it was opened. */
  get openedSession(): Promise<Session> | undefined {
    return this.#session;
  }

  /** Whether tokens were read, alone or with everything else: then the response varies with header and cookie. */
  get hasReadTokens(): boolean {
    return this.#hasReadToken || this.#jwt !== undefined;
  }

  /** The tokens, if they were opened. */
  get openedTokens(): Promise<JwtStore<Row>> | undefined {
    return this.#jwt;
  }

  /** The identity, if it was requested. */
  get askedIdentity(): Promise<RequestIdentity<Row>> | undefined {
    return this.#identity;
  }

  /**
   * Whether a valid login, or a token alone, was read and nothing else happened, as in nearly every request: then the
   * response only needs its `Vary`.
   */
  get hasOnlyRead(): boolean {
    return (this.#isGoodLogin || this.#hasReadTokenAlone) && this.#session === undefined &&
      this.#csrf === undefined && this.#jwt === undefined;
  }

  /** Without a session cookie there is nothing to clean up either. */
  get #hasReadTokenAlone(): boolean {
    return this.#hasReadToken && !this.accessed && !this.hasSessionCookie;
  }

  /** The form, if it was read. */
  get readForm(): Promise<FormData> | undefined {
    return this.#form;
  }

  /** The CSRF secret, if it was requested. */
  get askedCsrf(): CsrfState | undefined {
    return this.#csrf;
  }

  /** The facts on which the host and origin rules are based. */
  get facts(): RequestFacts {
    return this.#facts ??= factsOf(this.request, this.core.settings.origin);
  }

  /** The key in the session cookie, or `null`. */
  get sessionKey(): string | null {
    if (this.#sessionKey === undefined) {
      const key = sessionKeyOrNull(this.cookie(this.core.settings.sessionCookie.name));
      // A socket must not keep the whole Cookie header alive that its key is a slice of.
      this.#sessionKey = key === null || this.upgrade === null ? key : detached(key);
    }
    return this.#sessionKey;
  }

  /** Whether there is a session cookie, whatever its value. */
  get hasSessionCookie(): boolean {
    return this.#sessionKey != null || this.cookie(this.core.settings.sessionCookie.name) !== undefined;
  }

  /** Whether the session cookie has the format of a session key. */
  get hasSession(): boolean {
    return this.sessionKey !== null;
  }

  /** Returns the value of a cookie. */
  cookie(name: string): string | undefined {
    // Read again and again, and each time Deno would leave JavaScript for it.
    if (this.#cookies === undefined) this.#cookies = this.request.headers.get("cookie");
    return this.#cookies === null ? undefined : cookieValue(this.#cookies, name);
  }

  /** Ignores the cookies, which another site may have made the browser send. Must be called before any is read. */
  disregardCookies(): void {
    this.#cookies = null;
    this.#sessionKey = null;
  }

  /** Returns the session as it is stored, expired or not; `null` if there is none. */
  stored(): Promise<StoredSession | null> {
    return this.#stored ??= retriable(this.#load(), (failed) => {
      if (this.#stored === failed) this.#stored = undefined;
    });
  }

  /** Returns the session, loaded. */
  session(): Promise<Session> {
    return this.#session ??= retriable(this.#openSession(), (failed) => {
      if (this.#session === failed) this.#session = undefined;
    });
  }

  /** Returns the user, or why there is none. */
  identity(): Promise<RequestIdentity<Row>> {
    if (this.#identity !== undefined) return this.#identity;
    this.#openedFirst = this.#session;
    const { jwt, identities } = this.core;
    const isSessionAlone = jwt === null && this.upgrade?.ticket == null;
    const asked = this.#identity = isSessionAlone ? this.sessionIdentity() : identifyRequest(this, jwt);
    // Without a cache, an upgrade asks once: if that fails it is refused, before any application code runs.
    if (this.upgrade !== null && identities === null) return asked;
    asked.then(({ user, upkeep }) => {
      if (this.#identity === asked) this.#isGoodLogin = user !== null && upkeep === null;
    }, () => {
      if (this.#identity === asked) this.#identity = undefined;
    });
    return asked;
  }

  /**
   * Replaces the identity of this request, after a login or logout.
   *
   * @param token the token of the login, unless it is a session: a socket or a ticket of this request depends on it
   */
  setIdentity(user: User<Row> | null, token?: Token): void {
    if (this.#isFinished) this.core.emit({ type: "error", where: "finish", error: new TypeError(TOO_LATE) });
    this.#isGoodLogin = this.#isKnown = false;
    this.#identity = Promise.resolve(
      user === null ? nobody("not_authenticated") : { user, refusal: null, upkeep: null, token },
    );
  }

  /** Marks the response as sent: no cookie can carry changes from now on. */
  markFinished(): void {
    this.#isFinished = true;
  }

  /** Makes the response carry a different session than that of the request's cookie, with its user. */
  adopt(session: Session, user: User<Row>): void {
    this.#session = Promise.resolve(session);
    this.setIdentity(user);
  }

  /** Returns the CSRF secret. */
  csrf(): CsrfState {
    return this.#csrf ??= new CsrfState({
      settings: this.core.settings,
      clock: this.core.clock,
      randomBytes: this.core.randomBytes,
      cookie: (name) => this.cookie(name),
      session: () => this.session(),
    });
  }

  /** Returns the error for a caller that requires a user. */
  async notAuthenticated(): Promise<NotAuthenticated> {
    const { refusal, body, credential } = await this.identity();
    const challenge = credential?.kind === "session" ? undefined : this.core.jwt?.transport.challenge;
    return new NotAuthenticated(refusal ?? undefined, undefined, { challenge, body });
  }

  /**
   * Identifies the user if the request carries a token, which may take precedence, or if the session is in the identity
   * cache. Otherwise `undefined`: the session row alone has the user id.
   */
  identifyIfTokenOrCached(): Promise<RequestIdentity<Row>> | undefined {
    const { core: { jwt, identities }, sessionKey } = this;
    const hasToken = jwt !== null &&
      credentialsOf(this, jwt.transport).some(({ kind }) => kind !== "session");
    const isKnown = sessionKey !== null && this.#stored === undefined &&
      identities?.session(sessionKey) != null;
    return hasToken || isKnown ? this.identity() : undefined;
  }

  /** Returns the tokens, loaded. */
  jwt(): Promise<JwtStore<Row>> {
    return this.#jwt ??= retriable(loadTokens(this, requireTokens(this.core)), (failed) => {
      if (this.#jwt === failed) this.#jwt = undefined;
    });
  }

  /** Returns the user as described by the claims of the access token; without a query except for sliding tokens. */
  claimedUser(service: TokenService<Row>): TokenUser | null | Promise<TokenUser | null> {
    this.#hasReadToken = true;
    const { userIdClaim } = service.tokens.settings;
    const userOf = ({ access }: LoadedAccess) => access === null ? null : tokenUser(access, userIdClaim);
    const loaded = loadAccess(this, service);
    return loaded instanceof Promise ? loaded.then(userOf) : userOf(loaded);
  }

  /** Returns the form in the body; the first caller sets the limit in bytes. */
  formData(limit?: number): Promise<FormData> {
    return this.#form ??= readForm(this.request, limit);
  }

  #load(): Promise<StoredSession | null> {
    const key = this.sessionKey;
    return key === null ? Promise.resolve(null) : this.core.sessions.load(key);
  }

  async #openSession(): Promise<Session> {
    if (this.#isKnown) this.#askAgain();
    // Once the login is known to have ended, its data belong to nobody: neither shown nor carried over.
    const isOver = (await this.#identity)?.upkeep === "end_session";
    if (isOver) return this.core.openSession(null, null);
    return this.core.openSession(this.sessionKey, await this.stored());
  }

  /** Returns the user of the session, whatever other credentials the request carries. */
  sessionIdentity(): Promise<Identity<Row>> {
    return this.#openedFirst === undefined
      ? this.#storedIdentity()
      : identifyOpened(this.#openedFirst, () => this.#storedIdentity(), this.core);
  }

  #storedIdentity(): Promise<Identity<Row>> {
    const { core, sessionKey } = this;
    if (sessionKey === null) return Promise.resolve(nobody("not_authenticated"));
    if (core.identities === null) {
      // Nor does an upgrade need a second try to read the session: see identity().
      return identifySession(this.upgrade === null ? this.stored() : this.#stored ??= this.#load(), core);
    }
    // A row that was already read, or is read for the session, is more recent than the cache.
    const isRead = this.#stored !== undefined || this.#session !== undefined;
    if (isRead) return identifyAsRead(sessionKey, this.stored(), core, core.identities);
    const known = knownIdentity(sessionKey, core);
    this.#isKnown = known !== null;
    return known === null
      ? identifyAndKeep(sessionKey, () => this.stored(), core, core.identities)
      : Promise.resolve(known);
  }

  /** Identifies the user anew by the session row, since it is read anyway and more recent than the cache. */
  #askAgain(): void {
    this.#isKnown = false;
    this.#identity = undefined;
    this.core.identities?.drop(this.sessionKey!);
    void this.identity();
  }
}
