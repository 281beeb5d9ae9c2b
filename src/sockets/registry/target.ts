/** Which sockets a disconnect means, as the application says it and as it travels between nodes. */

import { hashText } from "../../crypto/hmac.ts";
import { HASH_DIGITS } from "../../internal/feed_message.ts";
import { isObject, kindOf, quoted, requireTaken } from "../../internal/option_checks.ts";
import { parsePrimaryKey } from "../../users/primary_key.ts";
import type { PrimaryKeyType, UserId } from "../../users/user_table.ts";
import { socketInside } from "../socket/socket.ts";
import type { LiveSocket, SocketRegistry } from "./registry.ts";
import { userKey } from "./user_map.ts";

/** Which sockets: exactly one of the four, and what narrows it down. */
export interface DisconnectTarget {
  /** Those of a user; a UUID in any form. */
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
 * What a target means.
 *
 * @param keyType of the table of users
 * @throws {TypeError} for what is no object; when it names none or several of the four: no mistake shall disconnect all sockets; for a user
 * id that is no key of the table, for a date that is none, and for what no target has: misspelt, `except` spares nobody
 */
export function toWire(target: DisconnectTarget, keyType: PrimaryKeyType): WireTarget {
  const ways = `expected one of ${Object.keys(WAYS).join(", ")}`;
  // A text in its place may be the key of a session.
  if (!isObject(target as unknown)) {
    throw new TypeError(`disconnect() got ${kindOf(target)} as its target, ${ways}`);
  }
  requireTaken("disconnect()", target, NAMES);
  const named = (Object.keys(WAYS) as (keyof typeof WAYS)[]).filter((name) => target[name] !== undefined);
  const [name] = named;
  if (name === undefined || named.length > 1) {
    throw new TypeError(`disconnect() got ${named.join(" and ") || "no target"}, ${ways}`);
  }
  const { except = [], issuedBefore } = target;
  return {
    by: WAYS[name],
    value: name === "userId" ? requireKey(target[name], keyType) : valueOf(name, String(target[name])),
    except: typeof except === "string" ? [except] : [...except],
    before: issuedBefore === undefined ? null : requireTime(issuedBefore),
  };
}

/** A target that came from another node, or `null` for what is none. */
export function readTarget(value: unknown): WireTarget | null {
  const { by, value: text, except, before } = (value ?? {}) as Partial<WireTarget>;
  const isTarget = Object.values(WAYS).includes(by!) && typeof text === "string" &&
    Array.isArray(except) && (before === null || typeof before === "number");
  return isTarget ? value as WireTarget : null;
}

/** The sockets of this node that a target means, but for those that were told to close. */
export function socketsOf<Row extends object>(
  target: WireTarget,
  registry: SocketRegistry<Row>,
): LiveSocket<Row>[] {
  return candidates(target, registry).filter((live) =>
    !live.isClosing && isMeant(target, live, live.openedAt)
  );
}

/**
 * Whether a target means a socket.
 *
 * @param openedAt milliseconds since the epoch
 */
export function isMeant<Row extends object>(
  { by, value, except, before }: WireTarget,
  { socket }: LiveSocket<Row>,
  openedAt: number,
): boolean {
  const basis = socketInside.basisOf(socket);
  if (before !== null && (basis?.issuedAt ?? openedAt) >= before) return false;
  // An id that was never handed out is in no target; asking for it would make one for each socket.
  const id = socketInside.madeIdOf(socket);
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
      // Gone through rather than found: an index of ids would cost every socket, for what is rarely asked.
      return [...registry.values()];
  }
}

function requireKey(id: UserId | undefined, keyType: PrimaryKeyType): string {
  const key = parsePrimaryKey(keyType, id);
  if (key !== null) return String(key);
  throw new TypeError(`disconnect() got the userId "${String(id)}", expected a key of the type ${keyType}`);
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

/** The short hash that a fingerprint begins with. */
function shortOf(fingerprint: string): number {
  return parseInt(fingerprint.slice(0, HASH_DIGITS), 16);
}
