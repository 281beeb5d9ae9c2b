/**
 * Hints about settings that are probably wrong, each emitted once; on password hashes, once per algorithm. Those on
 * refused Origins are in `origin_hints.ts`.
 */

import type { SetCookie } from "../../internal/cookies.ts";
import type { MissingIn } from "../../jwt/jws/own_key.ts";
import type { RequestFacts } from "../../origin/request_facts.ts";
import { OUTSTANDING_TABLE } from "../../stores/token_tables.ts";

/** The occasions for hints; each method is called when the problem is noticed. */
export interface SettingsHints {
  /** Called with the cookies of a response. `facts` is called only if browsers may drop one. */
  cookiesSent(cookies: readonly SetCookie[], facts: () => RequestFacts): void;
  /** `socketOrigin.allowedOrigins` has refused an Origin that Django's rule accepts. */
  ownOriginRefused(): void;
  /** This helper was called for a request with this safe method, which the CSRF rules do not check. */
  safeMethod(helper: string, method: string): void;
  /** An upgrade was not for `websocket.path`, from which its path differs by case or by the slash at its end alone. */
  pathMissed(pathname: string): void;
  /** A page offered a token as its only subprotocol, which is never selected. */
  tokenAlone(): void;
  /** A string passed as a token begins with one of `jwt.authHeaderTypes`. */
  headerTypeInToken(type: string): void;
  /** No token signed here can be verified here, since this option lacks the key. */
  ownKeyMissing(option: MissingIn): void;
  /** simplejwt's blacklist is not installed, but `use` needs it. */
  blacklistMissing(use: string): void;
  /** Several users have the same value in the column by which tokens identify them. */
  userAmbiguous(column: string): void;
  /**
   * A password was refused because its hash is of this algorithm of Django's.
   *
   * @param isSupported whether only `passwords.hashers` lacks it
   */
  hasherMissing(algorithm: string, isSupported: boolean): void;
  /** The identity cache would not be notified of a logout, since these tables lack triggers. */
  triggersMissing(tables: readonly string[]): void;
  /** Notifications of the database do not arrive over the feed. */
  feedElsewhere(): void;
}

/** Why this server refuses its own tokens, and how to fix that. */
const OWN_KEY_MISSING: Readonly<Record<MissingIn, string>> = {
  jwks: "jwt.jwks does not have its public half: add it there, with a kid",
  jwkUrl:
    "keys of jwt.jwkUrl are found by their kid, and these tokens have none: put the public half of the key into " +
    "jwt.verifyingKeyFallbacks, or all keys into jwt.jwks",
  verifyingKey:
    "jwt.verifyingKey belongs to another key: put the public half there, or into jwt.verifyingKeyFallbacks",
};

/** Creates the hints of one `djangoAuth()`. */
export function createSettingsHints(say: (hint: string) => void): SettingsHints {
  // Bounded: the only topic with a part of its own is that of Django's few algorithms.
  type Topic = keyof SettingsHints | `hasherMissing ${string}`;
  const said = new Set<Topic>();

  function sayOnce(topic: Topic, hint: string): void {
    if (said.has(topic)) return;
    said.add(topic);
    say(hint);
  }

  return {
    cookiesSent(cookies, facts) {
      if (said.has("cookiesSent")) return;
      const secure = cookies.find((cookie) => cookie.secure && cookie.value !== "");
      if (secure === undefined || facts().secure) return;
      sayOnce(
        "cookiesSent",
        `the cookie ${
          JSON.stringify(secure.name)
        } is Secure, but the request came over plain HTTP, so browsers may ` +
          "drop it: serve HTTPS, set secureProxySslHeader behind a proxy, or cookieSecure: false in development",
      );
    },

    ownOriginRefused() {
      sayOnce(
        "ownOriginRefused",
        "the site's own Origin was refused, since it is not one of socketOrigin.allowedOrigins, which replace " +
          "Django's rule: list it there, or remove that option",
      );
    },

    safeMethod(helper, method) {
      sayOnce(
        "safeMethod",
        `${helper}() was called for a ${method} request, which got 405, since the CSRF rules do not check it: use POST, ` +
          "or { csrf: false } if the request is protected by other means, such as the state of OAuth",
      );
    },

    pathMissed(pathname) {
      sayOnce(
        "pathMissed",
        `an upgrade to ${
          JSON.stringify(pathname)
        } is none of websocket.path, so that fetch handled it: paths are ` +
          "compared exactly, with case and with the slash at the end; list each form that pages use",
      );
    },

    tokenAlone() {
      sayOnce(
        "tokenAlone",
        "a page offered a token as its only subprotocol, which is never selected, so its browser fails the " +
          'connection with 1006: also offer "djauth" or one of websocket.protocols',
      );
    },

    headerTypeInToken(type) {
      sayOnce(
        "headerTypeInToken",
        `getUserFromJwt() got a string that begins with "${type} ", like a header, and so is not a token: ` +
          "pass only what follows",
      );
    },

    ownKeyMissing(option) {
      sayOnce(
        "ownKeyMissing",
        `tokens signed with jwt.signingKey are refused here, since ${OWN_KEY_MISSING[option]}; ` +
          "ignore this on a server that only issues tokens",
      );
    },

    blacklistMissing(use) {
      sayOnce(
        "blacklistMissing",
        `${use}, but the table ${OUTSTANDING_TABLE} does not exist: refresh tokens cannot be blacklisted. ` +
          "Add rest_framework_simplejwt.token_blacklist to INSTALLED_APPS and migrate, or name the " +
          "tables in jwt.blacklist; if this is intended, set jwt: { blacklist: false }",
      );
    },

    userAmbiguous(column) {
      sayOnce(
        "userAmbiguous",
        `jwt.userIdField is ${
          JSON.stringify(column)
        }, but several users have the same value there, so their tokens are ` +
          "not accepted: choose a unique column, here and as USER_ID_FIELD of the Django site",
      );
    },

    hasherMissing(algorithm, isSupported) {
      const remedy = isSupported
        ? "which passwords.hashers does not list: add it there"
        : "which djauth cannot check: put PBKDF2PasswordHasher first in PASSWORD_HASHERS of the Django site, where " +
          "the next login of each such user renews the hash";
      sayOnce(
        `hasherMissing ${algorithm}`,
        `a correct password may be refused as wrong, since its hash is of the algorithm "${algorithm}", ${remedy}`,
      );
    },

    triggersMissing(tables) {
      const where = tables.length === 0 ? "" : ` on ${tables.join(", ")}`;
      sayOnce(
        "triggersMissing",
        `identityCache is on, but nothing is cached: triggers${where} that report logouts are missing, outdated or ` +
          "disabled. Install them with auth.triggers.install(), or npx djauth triggers install",
      );
    },

    feedElsewhere() {
      sayOnce(
        "feedElsewhere",
        "identityCache is on, but nothing is cached: notifications of database do not arrive over sockets.feed. " +
          "Make its URL lead to the same database",
      );
    },
  };
}
