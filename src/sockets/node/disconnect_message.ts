/**
 * The messages of nodes about disconnects: an order to all others, and each one's answer. They are sealed, unlike hints,
 * since a node obeys without querying the database.
 */

import type { Seal } from "../../auth/core/seal.ts";
import { isSendableCode } from "../protocol/close_codes.ts";
import { readTarget, type WireTarget } from "../registry/target.ts";

/** An order to close sockets. */
export interface DisconnectOrder {
  readonly id: string;
  /** The node that gave it. */
  readonly from: string;
  readonly target: WireTarget;
  readonly code: number;
  readonly reason: string;
}

/** The answer to an order. */
export interface DisconnectAnswer {
  /** The id of the order. */
  readonly id: string;
  /** The node that answers. */
  readonly from: string;
  /** How many sockets it closed. */
  readonly closed: number;
}

/** The prefix of the sealed text in a message over the feed. */
const PREFIX = "order ";

/** Returns whether a message over the feed is one of these. */
export function isAboutDisconnect(payload: string): boolean {
  return payload.startsWith(PREFIX);
}

/** Seals a message; the result is ASCII, so that its length is in bytes. */
export function sealMessage(message: DisconnectOrder | DisconnectAnswer, seal: Seal): string {
  return PREFIX + seal.seal(message);
}

/** Reads a message; `null` for one that none of the site's nodes has sealed, or that is malformed. */
export function unsealMessage(payload: string, seal: Seal): DisconnectOrder | DisconnectAnswer | null {
  const message = seal.unseal(payload.slice(PREFIX.length));
  const { id, from, target, code, reason, closed } = Object(message) as Readonly<Record<string, unknown>>;
  if (typeof id !== "string" || typeof from !== "string") return null;
  if (closed !== undefined) return typeof closed === "number" ? { id, from, closed } : null;
  const wire = readTarget(target);
  if (wire === null || typeof code !== "number" || !isSendableCode(code)) return null;
  return typeof reason === "string" ? { id, from, target: wire, code, reason } : null;
}
