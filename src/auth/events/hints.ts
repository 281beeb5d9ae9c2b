/** What is probably a wrong setting and is found out in passing: each is told once. Refused Origins are in `origin_hints.ts`. */

import type { SetCookie } from "../../internal/cookies.ts";
import type { MissingIn } from "../../jwt/jws/own_key.ts";
import type { RequestFacts } from "../../origin/request_facts.ts";
import { OUTSTANDING_TABLE } from "../../stores/token_tables.ts";

/** Tells of wrong settings. */
export interface SettingsHints {
  /** Told of the cookies of a response. `facts` is asked only where one could be dropped. */
  cookiesSent(cookies: readonly SetCookie[], facts: () => RequestFacts): void;
  /** Told that `socketOrigin.allowedOrigins` has refused an Origin which Django's rule lets in. */
  ownOriginRefused(): void;
  /** Told that a page offered a token as its only subprotocol, which is never selected. */
  tokenAlone(): void;
  /** Told that a text which was given for a token begins with a type of `jwt.authHeaderTypes`. */
  headerTypeInToken(type: string): void;
  /** Told that no token which is signed here can be verified here, for want of the key in this option. */
  ownKeyMissing(option: MissingIn): void;
  /** Told that simplejwt's blacklist is not installed where `use` needs it. */
  blacklistMissing(use: string): void;
  /** Told that several users have one value in the column that tokens name them by. */
  userAmbiguous(column: string): void;
  /** Told that nothing would tell the identity cache of a logout, since these tables lack triggers. */
  triggersMissing(tables: readonly string[]): void;
  /** Told that what the database tells is not heard over the feed. */
  feedElsewhere(): void;
}

/** Why the tokens of this server are refused by it, and what would let it verify them. */
const OWN_KEY_MISSING: Readonly<Record<MissingIn, string>> = {
  jwks: "jwt.jwks does not have its public half: add it there, with a kid",
  jwkUrl:
    "keys of jwt.jwkUrl are found by a kid, and these tokens have none: give the public half of the key in " +
    "jwt.verifyingKeyFallbacks, or all keys in jwt.jwks",
  verifyingKey:
    "jwt.verifyingKey belongs to another key: give the public half there, or in jwt.verifyingKeyFallbacks",
};

/** Makes the hints of one `djangoAuth()`. */
export function createSettingsHints(say: (hint: string) => void): SettingsHints {
  const said = new Set<keyof SettingsHints>();

  function sayOnce(topic: keyof SettingsHints, hint: string): void {
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
        } is Secure and the request came over plain HTTP, so that browsers ` +
          "may drop it: serve HTTPS, set secureProxySslHeader behind a proxy, or cookieSecure: false in development",
      );
    },

    ownOriginRefused() {
      sayOnce(
        "ownOriginRefused",
        "an Origin of the site's own was refused, since it is not one of socketOrigin.allowedOrigins, which replace " +
          "Django's rule: list it there, or leave that option out",
      );
    },

    tokenAlone() {
      sayOnce(
        "tokenAlone",
        "a page offered a token as its only subprotocol, which is never selected, so that its browser fails the " +
          'connection with 1006: offer "djauth" or one of websocket.protocols beside the token',
      );
    },

    headerTypeInToken(type) {
      sayOnce(
        "headerTypeInToken",
        `getUserFromJwt() was given a text that begins with "${type} ", as headers do, and so is no token: ` +
          "give it what follows",
      );
    },

    ownKeyMissing(option) {
      sayOnce(
        "ownKeyMissing",
        `tokens that are signed with jwt.signingKey are refused here, since ${OWN_KEY_MISSING[option]}; ` +
          "a server that only issues tokens needs no more",
      );
    },

    blacklistMissing(use) {
      sayOnce(
        "blacklistMissing",
        `${use}, but the table ${OUTSTANDING_TABLE} is not there: no refresh token can be ended. ` +
          "Add rest_framework_simplejwt.token_blacklist to INSTALLED_APPS and migrate, or name the " +
          "tables in jwt.blacklist; where it shall be so, say jwt: { blacklist: false }",
      );
    },

    userAmbiguous(column) {
      sayOnce(
        "userAmbiguous",
        `jwt.userIdField is ${
          JSON.stringify(column)
        }, and a value there names more than one user, so that such ` +
          "tokens sign nobody in: choose a unique column, here and as USER_ID_FIELD of the Django site",
      );
    },

    triggersMissing(tables) {
      const where = tables.length === 0 ? "" : ` on ${tables.join(", ")}`;
      sayOnce(
        "triggersMissing",
        `identityCache is on, and nothing is cached: triggers${where} are missing, outdated or switched off, which ` +
          "tell of logouts. Install them with auth.triggers.install(), or npx djauth triggers install",
      );
    },

    feedElsewhere() {
      sayOnce(
        "feedElsewhere",
        "identityCache is on, and nothing is cached: what is told in database is not heard over sockets.feed. " +
          "Let its address lead to the same database",
      );
    },
  };
}
