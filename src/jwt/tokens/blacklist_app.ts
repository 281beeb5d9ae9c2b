/** simplejwt's blacklist app, as one service of tokens uses it: converts tokens to rows of its tables. */

import { idIn } from "../claims/claims.ts";
import type { JwtSettings } from "../options/settings.ts";
import { isJtiShape, type OutstandingToken, type TokenStore } from "./store.ts";
import type { Token } from "./token.ts";

/** The dependencies of {@link createBlacklistApp}. */
export interface BlacklistAppOptions {
  readonly settings: Pick<JwtSettings, "blacklist" | "jtiClaim" | "userIdClaim">;
  readonly store: TokenStore | null;
  readonly sign: (token: Token) => string | Promise<string>;
}

/** A token's row, and the store that has or may get it. */
export interface BlacklistEntry {
  readonly store: TokenStore;
  readonly row: OutstandingToken;
}

/** The app. As in simplejwt, nothing happens if it is not installed. */
export interface BlacklistApp {
  /** Returns the store if the app is installed, else `null`. */
  installed(): Promise<TokenStore | null>;
  /** Returns the identifier of a token; `null` for one that no row can have. */
  jtiOf(token: Token): string | null;
  /** Converts a token to a row; `null` if no row can have its identifier. */
  rowOf(token: Token): Promise<OutstandingToken | null>;
  /** Returns the store with a token's row; `null` if the app is not installed, or no row can have the identifier. */
  entryOf(token: Token): Promise<BlacklistEntry | null>;
  /** Stores a token as issued; `userKey` is the primary key of its user, if known. */
  outstand(token: Token, userKey?: string | number | bigint): Promise<void>;
}

/** Creates the app of one service of tokens. */
export function createBlacklistApp({ settings, store, sign }: BlacklistAppOptions): BlacklistApp {
  const { blacklist: isInstalled, jtiClaim, userIdClaim } = settings;

  async function installed(): Promise<TokenStore | null> {
    if (store === null || isInstalled === false) return null;
    return isInstalled || await store.isInstalled() ? store : null;
  }

  function jtiOf(token: Token): string | null {
    const jti = jtiClaim === null ? null : token.claims.get(jtiClaim);
    return isJtiShape(jti) ? jti : null;
  }

  async function rowOf(token: Token): Promise<OutstandingToken | null> {
    const jti = jtiOf(token);
    if (jti === null) return null;
    return {
      jti,
      // A token that was read is stored as received: a server that only verifies has no key to sign it again.
      token: token.text ?? await sign(token),
      userId: idIn(token.claims, userIdClaim),
      createdAt: token.currentTime,
      expiresAt: Number(token.claims.get("exp")),
    };
  }

  async function entryOf(token: Token): Promise<BlacklistEntry | null> {
    const store = await installed();
    const row = store === null ? null : await rowOf(token);
    return store === null || row === null ? null : { store, row };
  }

  return {
    installed,
    jtiOf,
    rowOf,
    entryOf,

    async outstand(token, userKey) {
      const entry = await entryOf(token);
      if (entry !== null) await entry.store.outstand({ ...entry.row, userKey });
    },
  };
}
