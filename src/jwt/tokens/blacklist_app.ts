/** The tables of simplejwt's blacklist app, as the tokens of one service use them. */

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

/** The app; nothing happens where it is not installed, as in simplejwt. */
export interface BlacklistApp {
  /** The store, where the app is installed. */
  installed(): Promise<TokenStore | null>;
  /** What the app knows a token by; `null` for an identifier that no row can have. */
  jtiOf(token: Token): string | null;
  /** A token as the store takes it; `null` for one whose identifier no row can have. */
  rowOf(token: Token): Promise<OutstandingToken | null>;
  /** Notes that a token was issued; `userKey` is the primary key of its user, where that is known. */
  outstand(token: Token, userKey?: string | number | bigint): Promise<void>;
}

/** Makes the app of one service of tokens. */
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
      // A token that was read is kept as it came: a server that only verifies has no key to sign it again.
      token: token.text ?? await sign(token),
      userId: idIn(token.claims, userIdClaim),
      createdAt: token.currentTime,
      expiresAt: Number(token.claims.get("exp")),
    };
  }

  return {
    installed,
    jtiOf,
    rowOf,

    async outstand(token, userKey) {
      const open = await installed();
      const row = open === null ? null : await rowOf(token);
      if (row !== null) await open!.outstand({ ...row, userKey });
    },
  };
}
