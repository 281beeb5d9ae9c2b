/** Which sockets a disconnect means, as given by the application and as sent between nodes. */

import { hashText } from "../../crypto/hmac.ts";
import { HASH_DIGITS } from "../../internal/feed_message.ts";
import { areTexts, isObject, kindOf, quoted, requireMethodOptions } from "../../internal/option_checks.ts";
import { requirePrimaryKey } from "../../users/primary_key.ts";
import type { PrimaryKeyType, UserId } from "../../users/user_table.ts";
import { socketInternals } from "../socket/socket.ts";
import type { LiveSocket, SocketRegistry } from "./registry.ts";
import { userKey } from "./user_map.ts";

/** Which sockets to disconnect: exactly one of the first four, optionally narrowed down by the others. */
export interface DisconnectTarget {
  /** Those of a user; a UUID in any form. */
  userId?: UserId;
  /** Those that rest on a session. */
  sessionKey?: string;
  /** The one with this `socket.id`. */
  socketId?: string;
  /** Those that rest on a token, by its `jti`. */
  tokenId?: string;
  /** The `socket.id` of those that stay open. */
  except?: string | readonly string[];
  /**
   * Only those whose credential was issued before: a token by its `iat`; a session, which does not record that, by the
   * time the socket opened.
   */
  issuedBefore?: Date;
}

/** A target as sent to other nodes: session keys and token ids only as hashes. */
export interface WireTarget {
  readonly by: "user" | "session" | "socket" | "token";
  readonly value: string;
  readonly except: readonly string[];
  /** Milliseconds since the epoch. */
  readonly before: number | null;
}

const WAYS = { userId: "user", sessionKey: "session", socketId: "socket", tokenId: "token" } as const;
const NAMES: readonly string[] = [...Object.keys(WAYS), "except", "issuedBefore"];

/**
 * Validates a target and converts it for the wire.
 *
 * @param keyType the type of the user table's primary key
 * @throws {TypeError} when the target is not an object; when it names none or several of the four, so that no mistake
 * disconnects all sockets; for an impossible user id, a key or id that is not a string, or an invalid date; and for
 * unknown properties, since a misspelt `except` would spare no socket
 */
export function toWire(target: DisconnectTarget, keyType: PrimaryKeyType): WireTarget {
  const ways = `expected one of ${Object.keys(WAYS).join(", ")}`;
  // The value is not quoted: it may be a session key.
  if (!isObject(target as unknown)) {
    throw new TypeError(`disconnect() got ${kindOf(target)} as its target, ${ways}`);
  }
  requireMethodOptions("disconnect()", target, NAMES);
  const named = (Object.keys(WAYS) as (keyof typeof WAYS)[]).filter((name) => target[name] !== undefined);
  const [name] = named;
  if (name === undefined || named.length > 1) {
    throw new TypeError(`disconnect() got ${named.join(" and ") || "no target"}, ${ways}`);
  }
  const { except = [], issuedBefore } = target;
  return {
    by: WAYS[name],
    value: name === "userId"
      ? String(requirePrimaryKey("disconnect", keyType, target[name]))
      : valueOf(name, requireText(name, target[name])),
    except: typeof except === "string" ? [except] : requireIds(except),
    before: issuedBefore === undefined ? null : requireTime(issuedBefore),
  };
}

/** Validates a target from another node; returns `null` if it is not one. */
export function readTarget(value: unknown): WireTarget | null {
  const { by, value: text, except, before } = (value ?? {}) as Partial<WireTarget>;
  const isTarget = Object.values(WAYS).includes(by!) && typeof text === "string" &&
    Array.isArray(except) && (before === null || typeof before === "number");
  return isTarget ? value as WireTarget : null;
}

/** Returns the sockets of this node that a target means, without those told to close. */
export function targeted<Row extends object>(
  target: WireTarget,
  registry: SocketRegistry<Row>,
): LiveSocket<Row>[] {
  return candidates(target, registry).filter((live) =>
    !live.isClosing && isMeant(target, live, live.openedAt)
  );
}

/**
 * Returns whether a target means a socket.
 *
 * @param openedAt milliseconds since the epoch
 */
export function isMeant<Row extends object>(
  { by, value, except, before }: WireTarget,
  { socket }: LiveSocket<Row>,
  openedAt: number,
): boolean {
  const basis = socketInternals.basisOf(socket);
  if (before !== null && (basis?.issuedAt ?? openedAt) >= before) return false;
  // An id that was never read cannot be in a target; reading it would create one for every socket.
  const id = socketInternals.madeIdOf(socket);
  if (id !== undefined && except.includes(id)) return false;
  switch (by) {
    case "user":
      return userKey(socket.user?.pk ?? null) === userKey(value);
    case "session":
      return isNamed(basis?.sessionKey, value);
    case "token":
      return isNamed(basis?.tokenId, value);
    case "socket":
      return id === value;
  }
}

function candidates<Row extends object>(
  { by, value }: WireTarget,
  registry: SocketRegistry<Row>,
): LiveSocket<Row>[] {
  switch (by) {
    case "user":
      return registry.ofUser(value);
    case "session":
      return registry.ofSessionHash(shortOf(value));
    case "token":
      return registry.ofTokenHash(shortOf(value));
    case "socket":
      // A linear search: an index by id would cost memory for every socket, for a rare query.
      return [...registry.values()];
  }
}

/** The value is not quoted: it may be a session key. */
function requireText(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`disconnect() got ${kindOf(value)} as the ${name}, expected a string`);
}

function requireIds(except: unknown): readonly string[] {
  if (areTexts(except)) return [...except];
  throw new TypeError(
    `disconnect() got ${quoted(except)} as except, expected the id of a socket or a list of ids`,
  );
}

function requireTime(date: Date): number {
  const isDate = date instanceof Date;
  if (isDate && !Number.isNaN(date.getTime())) return date.getTime();
  const given = isDate ? String(date) : quoted(date);
  throw new TypeError(`disconnect() got the issuedBefore ${given}, expected a valid Date`);
}

function valueOf(name: "sessionKey" | "socketId" | "tokenId", text: string): string {
  return name === "socketId" ? text : fingerprint(text);
}

function isNamed(text: string | null | undefined, wanted: string): boolean {
  return text != null && fingerprint(text) === wanted;
}

function fingerprint(text: string): string {
  return hashText("sha256", text, "hex");
}

/** Returns the short hash that a fingerprint begins with. */
function shortOf(fingerprint: string): number {
  return parseInt(fingerprint.slice(0, HASH_DIGITS), 16);
}
