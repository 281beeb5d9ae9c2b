/**
 * The tokens of one request as a store: their claims, and the changes made to them. The changes reach the client when
 * the request is finished, or through `tokens()`.
 */

import { allowUnawaited } from "../../internal/unawaited.ts";
import { TokenClaims } from "../../jwt/claims/claims.ts";
import { expiryOf } from "../../jwt/claims/claim_rules.ts";
import { encodable } from "../../jwt/claims/encodable.ts";
import { requireCustomClaim, reservedClaims } from "../../jwt/claims/reserved_claims.ts";
import { epochAfter, type SignedTokens, type Token } from "../../jwt/tokens/token.ts";
import type { Clock } from "../../types.ts";
import type { User } from "../../users/user.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { TokenService } from "../core/token_service.ts";

/** The dependencies of a {@link JwtStore}. */
export interface JwtStoreParts<Row extends object> {
  readonly service: TokenService<Row>;
  readonly clock: Clock;
  /** The access token of the request, if it is valid. */
  readonly access: Token | null;
  /** Whether the access token of the request has expired. */
  readonly isExpired: boolean;
  /** Whether the access token came in a cookie, so that its successor goes there. */
  readonly isInCookie: boolean;
  /** The refresh token in the cookie, if it is valid. */
  readonly refresh: Token | null;
  /** Whether the refresh token in the cookie is blacklisted. */
  readonly isRefreshEnded: boolean;
}

/** The claims of RFC 7519 that only the issuer of a token may set. */
const ISSUER_CLAIMS: readonly string[] = ["nbf", "iss", "aud", "sub"];

/** What to do about the client's cookies. */
export type JwtOutcome = "nothing" | "send" | "clear";

/** The interface of a store for djauth's own modules. */
export interface JwtInternals<Row extends object> {
  readonly outcome: JwtOutcome;
  readonly access: Token | null;
  readonly refresh: Token | null;
  /** Tokens that another request may have ended in the meantime: then nothing is sent. */
  readonly revocable: readonly Token[];
  /** Issues new tokens for a user, recorded as outstanding immediately; returns the access token. */
  issue(user: User<Row>): Promise<Token>;
  /** Replaces the tokens of the request; `revocable` as above. */
  replace(access: Token, refresh: Token, revocable: readonly Token[]): void;
}

/** Returns the internal interface of a store. */
export let internalsOf: <Row extends object>(store: JwtStore<Row>) => JwtInternals<Row>;

/**
 * The tokens of a request. Returned by `context.jwt()`.
 *
 * @example Add a claim to the tokens of the current user
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
    internalsOf = (store) => store.#internals();
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
  /** Whether the refresh token belongs to the access token: both are returned and changed together. */
  #isPair: boolean;
  #revocable: readonly Token[];

  /** Called by `context.jwt()`. */
  constructor(parts: JwtStoreParts<Row>) {
    const { settings } = parts.service.tokens;
    this.#parts = parts;
    this.#access = parts.access;
    this.#refresh = parts.refresh;
    // Another request refreshed or logged out before this one read the tokens: its cookies are newer.
    this.#isToCookie = parts.isInCookie && !parts.isRefreshEnded;
    this.#isExpired = parts.isExpired;
    this.#isPair = parts.isInCookie && this.#isOfOne();
    // If the access token is alone, only its own end can be noticed.
    const came = this.#isPair ? parts.refresh : parts.access;
    this.#revocable = came === null ? [] : [came];
    this.#own = new Set([...reservedClaims(settings), ...ISSUER_CLAIMS]);
  }

  /** Returns the value of a claim, or `fallback` if there is none. */
  get(name: string, fallback?: unknown): unknown {
    const value = this.#changes.has(name) ? this.#changes.get(name) : this.#access?.claims.get(name);
    return value === undefined ? fallback : value;
  }

  /** Returns whether there is such a claim. */
  has(name: string): boolean {
    if (this.#changes.has(name)) return this.#changes.get(name) !== undefined;
    return this.#access?.claims.has(name) ?? false;
  }

  /** Returns the names of all claims. */
  keys(): string[] {
    const names = new Set([...this.#access?.claims.keys() ?? [], ...this.#changes.keys()]);
    return [...names].filter((name) => this.has(name));
  }

  /**
   * Sets a claim of your own, in the access token and in its refresh token. If another request has refreshed or ended
   * the tokens in the meantime, both cookies stay as that request left them, provided that there is a blacklist.
   *
   * A refresh token in a cookie that is not sent to this request's path (`cookiePath`) stays unchanged, and tokens
   * refreshed with it lack the claim. Its end cannot be noticed either: a response that arrives after that of a logout,
   * or of the next login, sets the old access token again, unless `jwt.checkAccessTokens` is on and the logout received
   * that token.
   *
   * @throws {TypeError} for a claim that identifies the user or limits the lifetime, for a value that JSON cannot
   * represent, and if there is no token
   */
  set(name: string, value: unknown): void {
    this.#requireToken("set");
    requireCustomClaim(name, this.#own);
    const { jsonEncoder } = this.#parts.service.tokens.settings;
    // Encoded now: errors surface here and not in finish(), and later changes to the caller's object have no effect.
    this.#change(name, TokenClaims.EMPTY.with([[name, encodable(value, jsonEncoder)]]).get(name));
  }

  /**
   * Deletes a claim of your own; returns whether it existed.
   *
   * @throws {TypeError} for a claim that is not yours
   */
  delete(name: string): boolean {
    requireCustomClaim(name, this.#own);
    if (!this.has(name)) return false;
    this.#change(name, undefined);
    return true;
  }

  /** Deletes the token cookies of the client. The tokens remain valid until they expire; see `auth.logout`. */
  clear(): void {
    this.#access = null;
    this.#refresh = null;
    this.#isExpired = false;
    this.#changes.clear();
    this.#signed = null;
    this.#outcome = "clear";
  }

  /**
   * Sets when the access token expires: in so many seconds from now, at a date, or as configured (`null`).
   *
   * @throws {RangeError} for anything but a positive number of seconds or a date in the future
   * @throws {TypeError} if there is no token
   */
  setExpiry(expiry: number | Date | null): void {
    this.#requireToken("setExpiry");
    const end = expiry instanceof Date ? expiry.getTime() : this.#parts.clock.now() + (expiry ?? 1) * 1000;
    if (!(end > this.#parts.clock.now()) || end === Infinity) {
      throw new RangeError(`The expiry is ${expiry}, expected seconds above 0 or a date in the future`);
    }
    this.#lifetime = expiry ?? this.#parts.service.tokens.settings.accessTokenLifetime;
    this.#touch();
  }

  /** Returns whether the access token of the request had expired. */
  isExpired(): boolean {
    return this.#isExpired;
  }

  /** Returns when the access token expires, or `null`. */
  getExpiryDate(): Date | null {
    const token = this.#changed(this.#access, true);
    return token === null ? null : new Date(expiryOf(token.claims) * 1000);
  }

  /**
   * Returns the tokens with all changes, for a response body if cookies do not carry them; `null` if there are none. A
   * refresh token in a cookie is left out if the access token came in a header or is another user's.
   *
   * @throws {ImproperlyConfigured} `improperly_configured` if there is no signing key
   */
  tokens(): Promise<SignedTokens | null> {
    return allowUnawaited(this.#tokens());
  }

  async #tokens(): Promise<SignedTokens | null> {
    const access = this.#changed(this.#access, true);
    if (access === null) return null;
    const refresh = this.#isPair ? this.#changed(this.#refresh, false) : null;
    return await (this.#signed ??= this.#sign(access, refresh));
  }

  #internals(): JwtInternals<Row> {
    return {
      // A token from a header is returned through `tokens()`.
      outcome: this.#outcome === "send" && !this.#isToCookie ? "nothing" : this.#outcome,
      access: this.#access,
      refresh: this.#refresh,
      revocable: this.#revocable,
      issue: async (user) => {
        const { tokens } = this.#parts.service;
        const refresh = await tokens.forUser("refresh", user);
        const access = tokens.accessFrom(refresh);
        // Brand-new tokens: nothing can have ended them yet.
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

  /** Returns whether both tokens of the request name the same user. */
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
