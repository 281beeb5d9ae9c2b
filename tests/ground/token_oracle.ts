/**
 * Questions to a real simplejwt. `conditions.settings` may contain `SIMPLE_JWT` with its settings, durations in
 * seconds; `BLACKLIST_APP: false` among them removes the blacklist app. simplejwt's views are at `/api/token/…`, and
 * `/api/whoami/` returns the user of a token; use `Oracle.request()` for both.
 */

import type { Oracle } from "./oracle.ts";
import type { Conditions, Pk } from "./oracle_types.ts";

/** A token type. */
export type OracleTokenType = "access" | "refresh" | "sliding" | "untyped";

/** A token, and its payload as JSON text. */
export interface OracleToken {
  token: string;
  json: string;
}

/** A row of outstanding tokens. */
export interface OracleTokenRow {
  user: string | null;
  jti: string;
  token: string;
  created_at: string | null;
  expires_at: string;
  is_blacklisted: boolean;
}

/** Real simplejwt; every method throws an `OracleError` where simplejwt raises. */
export class TokenOracle {
  readonly #oracle: Oracle;
  readonly #conditions: Conditions;

  /** @param conditions hold for every question */
  constructor(oracle: Oracle, conditions: Conditions = {}) {
    this.#oracle = oracle;
    this.#conditions = conditions;
  }

  /** The same with other settings, or at another time. */
  with(simpleJwt: Record<string, unknown>, now: number | undefined = this.#conditions.now): TokenOracle {
    const settings = { ...this.#conditions.settings, SIMPLE_JWT: simpleJwt };
    return new TokenOracle(this.#oracle, { settings, ...(now === undefined ? {} : { now }) });
  }

  encode(json: string): Promise<string> {
    return this.#ask("encode", { json });
  }

  /** The payload as decoded by the token backend alone, as JSON text. */
  decode(token: string, verify: boolean = true): Promise<string> {
    return this.#ask("decode", { token, verify });
  }

  create(type: OracleTokenType): Promise<OracleToken> {
    return this.#ask("create", { type });
  }

  /** The payload as JSON text. */
  verify(token: string, type: OracleTokenType): Promise<string> {
    return this.#ask("verify", { token, type });
  }

  /** `json` holds custom claims. */
  forUser(type: OracleTokenType, user: Pk, json?: string): Promise<OracleToken> {
    return this.#ask("for_user", { type, user, json });
  }

  /** The access token derived from a refresh token. */
  access(refresh: string): Promise<OracleToken> {
    return this.#ask("access", { refresh });
  }

  /** The response of the refresh view. */
  refresh(refresh: string): Promise<{ access: string; refresh?: string }> {
    return this.#ask("refresh", { refresh });
  }

  refreshSliding(token: string): Promise<string> {
    return this.#ask("refresh_sliding", { token });
  }

  /** Returns whether the token was not blacklisted before. */
  blacklist(token: string, type?: "refresh" | "sliding"): Promise<boolean> {
    return this.#ask("blacklist", { token, type });
  }

  /** The outstanding tokens, oldest first. */
  rows(chosen: { user?: Pk; jti?: string } = {}): Promise<OracleTokenRow[]> {
    return this.#ask("rows", chosen);
  }

  /** `manage.py flushexpiredtokens`. */
  flushExpired(): Promise<null> {
    return this.#ask("flush_expired");
  }

  #ask<Result>(operation: string, args: object = {}): Promise<Result> {
    return this.#oracle.ask(`token.${operation}`, args, this.#conditions);
  }
}
