/**
 * What is known about one request so far: cookie, session, user, CSRF secret, form. Lazy, and each asked for once.
 * The public face of it is `context.ts`; what a response must carry is decided in `finish.ts`.
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
import { identifySession, type Identity, nobody } from "../identity/session_identity.ts";
import type { JwtStore } from "./jwt_store.ts";
import { loadAccess, type LoadedAccess, loadTokens } from "./load_tokens.ts";
import { type TokenUser, tokenUser } from "../identity/token_user.ts";
import { requireTokens, type TokenService } from "../core/token_service.ts";

/** The state of one request. */
export class RequestState<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly request: Request;
  /** What an upgrade brought; `null` for any other request. */
  readonly upgrade: UpgradeCredentials | null;
  #cookies: string | null | undefined;
  #facts: RequestFacts | undefined;
  #sessionKey: string | null | undefined;
  #stored: Promise<StoredSession | null> | undefined;
  #session: Promise<Session> | undefined;
  #identity: Promise<RequestIdentity<Row>> | undefined;
  #isGoodLogin = false;
  /** Whether the session was not read, since it was known whom it names. */
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

  /** Whether anything of the session was looked at: then the response varies with the cookie. */
  get accessed(): boolean {
    return this.#stored !== undefined || this.#session !== undefined || this.#identity !== undefined;
  }

  /** The session that was opened, if one was. */
  get openedSession(): Promise<Session> | undefined {
    return this.#session;
  }

  /** Whether tokens were looked at, alone or with all else: then the response varies with the header and the cookie. */
  get hasReadTokens(): boolean {
    return this.#hasReadToken || this.#jwt !== undefined;
  }

  /** The tokens that were opened, if they were. */
  get openedTokens(): Promise<JwtStore<Row>> | undefined {
    return this.#jwt;
  }

  /** The identity that was asked for, if it was. */
  get askedIdentity(): Promise<RequestIdentity<Row>> | undefined {
    return this.#identity;
  }

  /**
   * Whether a good login was looked at, or a token alone, and nothing else happened, as in nearly every request: then the
   * response has only to say what it varies with.
   */
  get hasOnlyRead(): boolean {
    return (this.#isGoodLogin || this.#hasReadTokenAlone) && this.#session === undefined &&
      this.#csrf === undefined &&
      this.#jwt === undefined;
  }

  /** Without a session cookie there is nothing to tidy up either. */
  get #hasReadTokenAlone(): boolean {
    return this.#hasReadToken && !this.accessed && !this.hasSessionCookie;
  }

  /** The form that was read, if one was. */
  get readForm(): Promise<FormData> | undefined {
    return this.#form;
  }

  /** The CSRF secret that was asked for, if it was. */
  get askedCsrf(): CsrfState | undefined {
    return this.#csrf;
  }

  /** The facts that rules on hosts and origins are decided by. */
  get facts(): RequestFacts {
    return this.#facts ??= factsOf(this.request, this.core.settings.origin);
  }

  /** The key in the session cookie, or `null`. */
  get sessionKey(): string | null {
    if (this.#sessionKey === undefined) {
      const key = sessionKeyOrNull(this.cookie(this.core.settings.sessionCookie.name));
      // A socket must not keep the whole Cookie header alive that its key was cut from.
      this.#sessionKey = key === null || this.upgrade === null ? key : detached(key);
    }
    return this.#sessionKey;
  }

  /** Whether a session cookie came, whatever is in it. */
  get hasSessionCookie(): boolean {
    return this.#sessionKey != null || this.cookie(this.core.settings.sessionCookie.name) !== undefined;
  }

  /** Whether the session cookie has the shape of one. */
  get hasSession(): boolean {
    return this.sessionKey !== null;
  }

  /** The value of a cookie. */
  cookie(name: string): string | undefined {
    // Asked for again and again, and each time Deno would leave JavaScript for it.
    if (this.#cookies === undefined) this.#cookies = this.request.headers.get("cookie");
    return this.#cookies === null ? undefined : cookieValue(this.#cookies, name);
  }

  /**
   * Reads no cookie of the request from now on: a page of another site may have made the browser send them. To be called
   * before anything was asked for.
   */
  disregardCookies(): void {
    this.#cookies = null;
    this.#sessionKey = null;
  }

  /** The session as it is stored, expired or not; `null` when there is none. */
  stored(): Promise<StoredSession | null> {
    return this.#stored ??= retriable(this.#load(), (failed) => {
      if (this.#stored === failed) this.#stored = undefined;
    });
  }

  /** The session, loaded. */
  session(): Promise<Session> {
    return this.#session ??= retriable(this.#openSession(), (failed) => {
      if (this.#session === failed) this.#session = undefined;
    });
  }

  /** The user, or why there is none. */
  identity(): Promise<RequestIdentity<Row>> {
    if (this.#identity !== undefined) return this.#identity;
    const { jwt } = this.core;
    const isSessionAlone = jwt === null && this.upgrade?.ticket == null;
    const asked = isSessionAlone ? this.sessionIdentity() : identifyRequest(this, jwt);
    this.#identity = asked;
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
   * @param token what the login is kept in, where that is no session: a socket or a ticket of this request rests on it
   */
  becomes(user: User<Row> | null, token?: Token): void {
    if (this.#isFinished) this.core.emit({ type: "error", where: "finish", error: tooLate() });
    this.#isGoodLogin = this.#isKnown = false;
    this.#identity = Promise.resolve(
      user === null ? nobody<Row>("not_authenticated") : { user, refusal: null, upkeep: null, token },
    );
  }

  /** The response is on its way: no cookie tells of what changes from now on. */
  finished(): void {
    this.#isFinished = true;
  }

  /** Makes the response carry another session than that of the request's cookie, with its user. */
  adopt(session: Session, user: User<Row>): void {
    this.#session = Promise.resolve(session);
    this.becomes(user);
  }

  /** The CSRF secret. */
  csrf(): CsrfState {
    return this.#csrf ??= new CsrfState({
      settings: this.core.settings,
      clock: this.core.clock,
      randomBytes: this.core.randomBytes,
      cookie: (name) => this.cookie(name),
      session: () => this.session(),
    });
  }

  /** The error of a caller that needs a user where there is none. */
  async notAuthenticated(): Promise<NotAuthenticated> {
    const { refusal, body, credential } = await this.identity();
    const challenge = credential?.kind === "session" ? undefined : this.core.jwt?.transport.challenge;
    return new NotAuthenticated(refusal ?? undefined, undefined, { challenge, body });
  }

  /**
   * Whom the request names, where there is no shorter way to an id: since it may be a token that does so, or since it is known
   * already.
   */
  get shortIdentity(): Promise<RequestIdentity<Row>> | undefined {
    const { core: { jwt, identities }, sessionKey } = this;
    const hasToken = jwt !== null &&
      credentialsOf(this, jwt.transport).some(({ kind }) => kind !== "session");
    const isKnown = sessionKey !== null && this.#stored === undefined &&
      identities?.session(sessionKey) != null;
    return hasToken || isKnown ? this.identity() : undefined;
  }

  /** The tokens, loaded. */
  jwt(): Promise<JwtStore<Row>> {
    return this.#jwt ??= retriable(loadTokens(this, requireTokens(this.core)), (failed) => {
      if (this.#jwt === failed) this.#jwt = undefined;
    });
  }

  /** The user of the access token, as its claims have it; without a query but for sliding tokens. */
  claimedUser(service: TokenService<Row>): TokenUser | null | Promise<TokenUser | null> {
    this.#hasReadToken = true;
    const { userIdClaim } = service.tokens.settings;
    const userOf = ({ access }: LoadedAccess) => access === null ? null : tokenUser(access, userIdClaim);
    const loaded = loadAccess(this, service);
    return loaded instanceof Promise ? loaded.then(userOf) : userOf(loaded);
  }

  /** The form in the body; the first caller says how many bytes it may have. */
  formData(limit?: number): Promise<FormData> {
    return this.#form ??= readForm(this.request, limit);
  }

  #load(): Promise<StoredSession | null> {
    const key = this.sessionKey;
    return key === null ? Promise.resolve(null) : this.core.sessions.load(key);
  }

  async #openSession(): Promise<Session> {
    if (this.#isKnown) this.#askAgain();
    // Once it is known that the login has ended, its data belong to no user: neither shown nor taken along.
    const isOver = (await this.#identity)?.upkeep === "end_session";
    if (isOver) return this.core.openSession(null, null);
    return this.core.openSession(this.sessionKey, await this.stored());
  }

  /** Whom the session names, whatever else came with the request. */
  sessionIdentity(): Promise<Identity<Row>> {
    const { core, sessionKey } = this;
    if (sessionKey === null) return Promise.resolve(nobody("not_authenticated"));
    if (core.identities === null) return identifySession(this.stored(), core);
    // A row that was read already, or is read for the session, is the newer word.
    const isRead = this.#stored !== undefined || this.#session !== undefined;
    if (isRead) return identifyAsRead(sessionKey, this.stored(), core, core.identities);
    const known = knownIdentity(sessionKey, core);
    this.#isKnown = known !== null;
    return known === null
      ? identifyAndKeep(sessionKey, () => this.stored(), core, core.identities)
      : Promise.resolve(known);
  }

  /** The row is read, for what else is in it: then it says as well whom it names by now. */
  #askAgain(): void {
    this.#isKnown = false;
    this.#identity = undefined;
    this.core.identities?.drop(this.sessionKey!);
    void this.identity();
  }
}

function tooLate(): TypeError {
  return new TypeError(
    "A login or logout has ended after its response, so that no cookie tells of it: await it",
  );
}
