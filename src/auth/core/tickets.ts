/**
 * Tickets for connections: a page that is logged in over HTTP, and whose cookie or token cannot go with an upgrade, gets one
 * and opens its socket with it. A ticket is short-lived and good once; what it stands for stands in a row of the session
 * table and nowhere else.
 */

import { saltedHmac } from "../../crypto/salted_hmac.ts";
import { TimestampSigner } from "../../crypto/timestamp_signer.ts";
import { SessionError } from "../../errors.ts";
import { toHex } from "../../internal/bytes.ts";
import { pythonStringText } from "../../internal/python/repr.ts";
import { RANDOM_STRING_CHARS, randomString } from "../../internal/random.ts";
import { TokenClaims } from "../../jwt/claims/claims.ts";
import { SessionPayload } from "../../session/payload.ts";
import { hasExpired, type SessionStore } from "../../session/store.ts";
import type { Clock, RandomBytes, SecretKeys } from "../../types.ts";

/** The login that a ticket stands for, and whose it was when the ticket was made. */
export interface TicketLogin {
  /** A session, or `null`. */
  readonly sessionKey: string | null;
  /** The claims of a token, or `null`. */
  readonly claims: TokenClaims | null;
  /** The primary key as text. */
  readonly userId: string;
}

/** Makes tickets, and gives what they stand for, once. */
export interface Tickets {
  /** @throws {DatabaseUnavailable} `database_unavailable` */
  make(login: TicketLogin): Promise<string>;
  /**
   * What a ticket stands for; `null` for one that is forged, too old or used. A forged one costs no query.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   */
  take(ticket: string): Promise<TicketLogin | null>;
}

/** What {@link createTickets} stands on. */
export interface TicketsOptions {
  readonly keys: SecretKeys;
  /** Sessions with {@link TICKET_DATA_SALT}: whoever presents a row of ours as a session finds an empty one. */
  readonly store: Pick<SessionStore, "create" | "take">;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** Seconds: from the answer that brings a ticket to the upgrade that uses it. */
export const TICKET_AGE = 30;

/** The key salt of the rows' data. */
export const TICKET_DATA_SALT = "djauth.ticket.data";
const ROW_SALT = "djauth.ticket.row";
const SALT = "djauth.ticket";

/** An id, the time in base62, and the signature. */
const SHAPE = /^[A-Za-z0-9]{32}:[A-Za-z0-9]{1,8}:[A-Za-z0-9_-]{43}$/;

/** Whether a text can be a ticket: an application may have a field of that name for something else. */
export function isTicketShape(text: string): boolean {
  return SHAPE.test(text);
}

/** Makes the tickets of a site. */
export function createTickets({ keys, store, clock, random }: TicketsOptions): Tickets {
  const signerOf = (key: string) => new TimestampSigner({ key, salt: SALT, clock });

  function rowOf(ticket: string): string | null {
    if (!SHAPE.test(ticket)) return null;
    for (const key of [keys.current, ...keys.fallbacks]) {
      const verified = signerOf(key).verify(ticket, { maxAge: TICKET_AGE });
      if (!("code" in verified)) return rowKey(key, verified.value);
    }
    return null;
  }

  return {
    async make({ sessionKey, claims, userId }) {
      const id = randomString(32, RANDOM_STRING_CHARS, random);
      const entries: [string, string][] = [["user", pythonStringText(userId)]];
      if (sessionKey !== null) entries.push(["session", pythonStringText(sessionKey)]);
      if (claims !== null) entries.push(["claims", pythonStringText(claims.text)]);
      const payload = SessionPayload.fromEntries(entries);
      // Short as its life is, clearsessions tidies up what nobody uses.
      const expireDate = new Date(clock.now() + TICKET_AGE * 1000);
      if (!await store.create(rowKey(keys.current, id), { payload, expireDate })) {
        throw new SessionError("session_exists", "There is a ticket with this id already");
      }
      return signerOf(keys.current).sign(id);
    },

    async take(ticket) {
      const row = rowOf(ticket);
      // Deleted as it is read: of two who use it at once, on whatever node, one gets it.
      const stored = row === null ? null : await store.take(row);
      if (stored === null || hasExpired(stored, clock)) return null;
      const [userId, sessionKey, text] = ["user", "session", "claims"].map((name) =>
        stored.payload.get(name)
      );
      if (typeof userId !== "string") return null;
      return {
        userId,
        sessionKey: typeof sessionKey === "string" ? sessionKey : null,
        claims: typeof text === "string" ? TokenClaims.fromText(text) : null,
      };
    },
  };
}

/** Looks like Django's own keys; who has the ticket cannot find it without the site's key. */
function rowKey(key: string, id: string): string {
  return toHex(saltedHmac(ROW_SALT, id, key, "sha256")).slice(0, 32);
}
