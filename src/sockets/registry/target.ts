/** Which sockets a disconnect means, as the application says it and as it travels between nodes. */

import { hash } from "../../crypto/hmac.ts";
import { toHex, utf8 } from "../../internal/bytes.ts";
import { HASH_DIGITS } from "../../internal/feed_message.ts";
import type { UserId } from "../../users/user_table.ts";
import type { LiveSocket, SocketRegistry } from "./registry.ts";
import { basisOf } from "../socket/socket.ts";

/** Which sockets: exactly one of the four, and what narrows it down. */
export interface DisconnectTarget {
  /** Those of a user. */
  userId?: UserId;
  /** Those that rest on a session. */
  sessionKey?: string;
  /** The one with this `socket.id`. */
  socketId?: string;
  /** Those that rest on a token, by its `jti`. */
  tokenId?: string;
  /** The `socket.id` of those that stay. */
  except?: string | readonly string[];
  /**
   * Only those whose credential was issued before: a token by its `iat`, a session, which does not say, by the moment when the
   * socket opened.
   */
  issuedBefore?: Date;
}

/** A target as it travels: session keys and token ids only as hashes. */
export interface TravellingTarget {
  readonly by: "user" | "session" | "socket" | "token";
  readonly value: string;
  readonly except: readonly string[];
  /** Milliseconds since the epoch. */
  readonly before: number | null;
}

const WAYS = { userId: "user", sessionKey: "session", socketId: "socket", tokenId: "token" } as const;

/**
 * What a target means.
 *
 * @throws {TypeError} when it names none or several of the four: nobody shall disconnect everybody by mistake; and for a
 * date that is none
 */
export function travelling(target: DisconnectTarget): TravellingTarget {
  const named = (Object.keys(WAYS) as (keyof typeof WAYS)[]).filter((name) => target[name] !== undefined);
  const [name] = named;
  if (name === undefined || named.length > 1) {
    throw new TypeError(
      `disconnect() got ${named.join(" and ") || "no target"}, expected one of ${
        Object.keys(WAYS).join(", ")
      }`,
    );
  }
  const text = String(target[name]);
  const { except = [], issuedBefore } = target;
  if (issuedBefore !== undefined && Number.isNaN(issuedBefore.getTime())) {
    throw new TypeError("disconnect() got an issuedBefore that is no date");
  }
  return {
    by: WAYS[name],
    value: name === "sessionKey" || name === "tokenId" ? fingerprint(text) : text,
    except: typeof except === "string" ? [except] : [...except],
    before: issuedBefore === undefined ? null : issuedBefore.getTime(),
  };
}

/** A target that came from another node, or `null` for what is none. */
export function readTarget(value: unknown): TravellingTarget | null {
  const { by, value: text, except, before } = (value ?? {}) as Partial<TravellingTarget>;
  const isTarget = Object.values(WAYS).includes(by!) && typeof text === "string" &&
    Array.isArray(except) && (before === null || typeof before === "number");
  return isTarget ? value as TravellingTarget : null;
}

/** The sockets of this node that a target means. */
export function socketsOf<Row extends object>(
  target: TravellingTarget,
  registry: SocketRegistry<Row>,
): LiveSocket<Row>[] {
  return candidates(target, registry).filter((live) =>
    !live.isClosing && !target.except.includes(live.socket.id) && isIssuedBefore(live, target.before)
  );
}

function candidates<Row extends object>(
  { by, value }: TravellingTarget,
  registry: SocketRegistry<Row>,
): LiveSocket<Row>[] {
  switch (by) {
    case "user":
      return registry.ofUser(value);
    case "session":
      return registry.ofSessionHash(shortOf(value)).filter((live) =>
        isNamed(basisOf(live.socket)?.sessionKey, value)
      );
    case "token":
      return registry.ofTokenHash(shortOf(value)).filter((live) =>
        isNamed(basisOf(live.socket)?.tokenId, value)
      );
    case "socket":
      // Gone through rather than found: an index of ids would cost every socket, for what is rarely asked.
      return [...registry.values()].filter((live) => live.socket.id === value);
  }
}

function isNamed(text: string | null | undefined, wanted: string): boolean {
  return text != null && fingerprint(text) === wanted;
}

function isIssuedBefore<Row extends object>(live: LiveSocket<Row>, before: number | null): boolean {
  return before === null || (basisOf(live.socket)?.issuedAt ?? live.openedAt) < before;
}

function fingerprint(text: string): string {
  return toHex(hash("sha256", utf8(text)));
}

/** The short hash that a fingerprint begins with. */
function shortOf(fingerprint: string): number {
  return parseInt(fingerprint.slice(0, HASH_DIGITS), 16);
}
