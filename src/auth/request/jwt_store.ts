/**
 * The tokens of one request as a store: what claims they have, and what becomes of them. The changes reach the client when
 * the request is finished, or through `tokens()`.
 */

import { mayBeDropped } from "../../internal/may_be_dropped.ts";
import { TokenClaims } from "../../jwt/claims/claims.ts";
import { expiryOf } from "../../jwt/claims/claim_rules.ts";
import { encodable } from "../../jwt/claims/encodable.ts";
import { ownClaims, requireFree } from "../../jwt/claims/own_claims.ts";
import { epochAfter, type SignedTokens, type Token } from "../../jwt/tokens/token.ts";
import type { Clock } from "../../types.ts";
import type { User } from "../../users/user.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { TokenService } from "../core/token_service.ts";

/** What a {@link JwtStore} is made of. */
export interface JwtStoreParts<Row extends object> {
  readonly service: TokenService<Row>;
  readonly clock: Clock;
  /** The access token that came, where it is good. */
  readonly access: Token | null;
  /** Whether one came that has expired. */
  readonly isExpired: boolean;
  /** Whether it came in a cookie, so that its successor goes there. */
  readonly isInCookie: boolean;
  /** The refresh token in the cookie, where it is good. */
  readonly refresh: Token | null;
  /** Whether the one in the cookie is blacklisted. */
  readonly isRefreshEnded: boolean;
}

/** The claims of RFC 7519 that only whoever makes a token gives it. */
const MAKERS_CLAIMS: readonly string[] = ["nbf", "iss", "aud", "sub"];

/** What is to be done about the client's cookies. */
export type JwtOutcome = "nothing" | "send" | "clear";

/** What djauth's own modules do with a store. */
export interface JwtInside<Row extends object> {
  readonly outcome: JwtOutcome;
  readonly access: Token | null;
  readonly refresh: Token | null;
  /** Those that another request may have ended meanwhile: then nothing is sent. */
  readonly revocable: readonly Token[];
  /** New tokens for a user, noted as outstanding at once; answers the access token. */
  issue(user: User<Row>): Promise<Token>;
  /** Tokens that take the place of those that came; `revocable` as above. */
  replace(access: Token, refresh: Token, revocable: readonly Token[]): void;
}

/** The inside of a store. */
export let insideOf: <Row extends object>(store: JwtStore<Row>) => JwtInside<Row>;

/**
 * The tokens of a request. Made by `context.jwt()`.
 *
 * @example Put something into the tokens of the user who asks
 * ```ts
 * import type { RequestContext } from "@djauth/djauth";
 *
 * export async function choose(context: RequestContext, theme: string): Promise<void> {
 *   const jwt = await context.jwt();
 *   jwt.set("theme", theme);
 * }
 * ```
 */
export class JwtStore<Row extends object = DjangoUserRow> {
  static {
    insideOf = (store) => store.#inside();
  }

  readonly #parts: JwtStoreParts<Row>;
  readonly #own: ReadonlySet<string>;
  readonly #changes: Map<string, unknown> = new Map();
  #access: Token | null;
  #refresh: Token | null;
  #lifetime: number | Date | null = null;
  #outcome: JwtOutcome = "nothing";
  #isToCookie: boolean;
  #isExpired: boolean;
  #signed: Promise<SignedTokens> | null = null;
  /** Whether the refresh token goes with the access token: into its answers, and under its changes. */
  #isPair: boolean;
  #revocable: readonly Token[];

  /** Made by `context.jwt()`. */
  constructor(parts: JwtStoreParts<Row>) {
    const { settings } = parts.service.tokens;
    this.#parts = parts;
    this.#access = parts.access;
    this.#refresh = parts.refresh;
    // Refreshed or logged out by another request before this one looked: what that one has sent is newer.
    this.#isToCookie = parts.isInCookie && !parts.isRefreshEnded;
    this.#isExpired = parts.isExpired;
    this.#isPair = parts.isInCookie && this.#isOfOne();
    // Where the access token goes alone, only its own end can be noticed.
    const came = this.#isPair ? parts.refresh : parts.access;
    this.#revocable = came === null ? [] : [came];
    this.#own = new Set([...ownClaims(settings), ...MAKERS_CLAIMS]);
  }

  /** The value of a claim, or `fallback` where there is none. */
  get(name: string, fallback?: unknown): unknown {
    const value = this.#changes.has(name) ? this.#changes.get(name) : this.#access?.claims.get(name);
    return value === undefined ? fallback : value;
  }

  /** Whether there is such a claim. */
  has(name: string): boolean {
    if (this.#changes.has(name)) return this.#changes.get(name) !== undefined;
    return this.#access?.claims.has(name) ?? false;
  }

  /** The names of all claims. */
  keys(): string[] {
    const names = new Set([...this.#access?.claims.keys() ?? [], ...this.#changes.keys()]);
    return [...names].filter((name) => this.has(name));
  }

  /**
   * Sets a claim of your own, in the access token and in the refresh token that belongs to it. Where another request has
   * refreshed or ended the tokens meanwhile, both cookies stay as that one has left them, if there is a blacklist to ask.
   *
   * A refresh token in a cookie that this request's path is not given (`cookiePath`) stays as it is, and brings tokens without
   * the claim. Nor can its end be seen: an answer that is slower than a logout, or than the next login, sets the old access
   * token again, unless `jwt.checkAccessTokens` is on and that logout was given it.
   *
   * @throws {TypeError} for a claim that says whose a token is or how long it lives, for a value that JSON cannot hold, and
   * where there is no token
   */
  set(name: string, value: unknown): void {
    this.#requireToken("set");
    requireFree(name, this.#own);
    const { jsonEncoder } = this.#parts.service.tokens.settings;
    // Refused here and not when the response is finished; and what the caller does to its object later is not meant.
    this.#change(name, TokenClaims.EMPTY.with([[name, encodable(value, jsonEncoder)]]).get(name));
  }

  /**
   * Deletes a claim of your own; says whether it was there.
   *
   * @throws {TypeError} for a claim that is not yours
   */
  delete(name: string): boolean {
    requireFree(name, this.#own);
    if (!this.has(name)) return false;
    this.#change(name, undefined);
    return true;
  }

  /** Takes the tokens from the client: their cookies are deleted. They stay good until they expire; see `auth.logout`. */
  clear(): void {
    this.#access = null;
    this.#refresh = null;
    this.#isExpired = false;
    this.#changes.clear();
    this.#signed = null;
    this.#outcome = "clear";
  }

  /**
   * When the access token ends: after so many seconds from now, at a moment, or as configured (`null`).
   *
   * @throws {RangeError} for no number of seconds above zero and no moment to come
   * @throws {TypeError} where there is no token
   */
  setExpiry(expiry: number | Date | null): void {
    this.#requireToken("setExpiry");
    const end = expiry instanceof Date ? expiry.getTime() : this.#parts.clock.now() + (expiry ?? 1) * 1000;
    if (!(end > this.#parts.clock.now()) || end === Infinity) {
      throw new RangeError(`The expiry is ${expiry}, expected seconds above 0 or a moment to come`);
    }
    this.#lifetime = expiry ?? this.#parts.service.tokens.settings.accessTokenLifetime;
    this.#touch();
  }

  /** Whether the access token that came with the request had expired. */
  isExpired(): boolean {
    return this.#isExpired;
  }

  /** When the access token ends, or `null`. */
  getExpiryDate(): Date | null {
    const token = this.#changed(this.#access, true);
    return token === null ? null : new Date(expiryOf(token.claims) * 1000);
  }

  /**
   * The tokens as they are to be from now on, to be put into an answer where no cookies carry them; `null` where there are
   * none. A refresh token in a cookie is not among them where the access token came in a header, or is another user's.
   *
   * @throws {ImproperlyConfigured} `improperly_configured` where there is no key to sign with
   */
  tokens(): Promise<SignedTokens | null> {
    return mayBeDropped(this.#tokens());
  }

  async #tokens(): Promise<SignedTokens | null> {
    const access = this.#changed(this.#access, true);
    if (access === null) return null;
    const refresh = this.#isPair ? this.#changed(this.#refresh, false) : null;
    return await (this.#signed ??= this.#sign(access, refresh));
  }

  #inside(): JwtInside<Row> {
    return {
      // What came in a header goes back through `tokens()`.
      outcome: this.#outcome === "send" && !this.#isToCookie ? "nothing" : this.#outcome,
      access: this.#access,
      refresh: this.#refresh,
      revocable: this.#revocable,
      issue: async (user) => {
        const { tokens } = this.#parts.service;
        const refresh = await tokens.forUser("refresh", user);
        const access = tokens.accessFrom(refresh);
        // New to everybody: there is nothing that could have ended them.
        this.#replace(access, refresh, []);
        return access;
      },
      replace: (access, refresh, revocable) => this.#replace(access, refresh, revocable),
    };
  }

  #replace(access: Token, refresh: Token, revocable: readonly Token[]): void {
    this.#access = access;
    this.#refresh = refresh;
    this.#revocable = revocable;
    this.#changes.clear();
    this.#lifetime = null;
    this.#isExpired = false;
    this.#isToCookie = this.#parts.service.transport.cookies !== null;
    this.#isPair = true;
    this.#touch();
  }

  /** Whether both tokens that came name one user. */
  #isOfOne(): boolean {
    const { userIdOf } = this.#parts.service.tokens;
    const [access, refresh] = [this.#access, this.#refresh];
    return access !== null && refresh !== null && String(userIdOf(access)) === String(userIdOf(refresh));
  }

  #requireToken(method: string): void {
    if (this.#access !== null) return;
    throw new TypeError(`jwt.${method}() was called without a token: log in with { backend: "jwt" } first`);
  }

  #change(name: string, value: unknown): void {
    this.#changes.set(name, value);
    this.#touch();
  }

  #touch(): void {
    this.#signed = null;
    this.#outcome = "send";
  }

  #changed(token: Token | null, isAccess: boolean): Token | null {
    if (token === null) return null;
    const kept = [...this.#changes].filter(([, value]) => value !== undefined);
    const dropped = new Set(
      [...this.#changes].filter(([, value]) => value === undefined).map(([name]) => name),
    );
    const claims = dropped.size === 0 ? token.claims : TokenClaims.EMPTY.withAll(token.claims, dropped);
    const end: [string, unknown][] = isAccess && this.#lifetime !== null ? [["exp", this.#end()]] : [];
    const { type, currentTime } = token;
    return { type, claims: claims.with([...kept, ...end]), currentTime };
  }

  #end(): number {
    const { clock } = this.#parts;
    return this.#lifetime instanceof Date
      ? Math.floor(this.#lifetime.getTime() / 1000)
      : epochAfter(clock.now(), this.#lifetime!);
  }

  async #sign(access: Token, refresh: Token | null): Promise<SignedTokens> {
    const { tokens } = this.#parts.service;
    const signed = await tokens.sign(access);
    return refresh === null ? { access: signed } : { access: signed, refresh: await tokens.sign(refresh) };
  }
}
