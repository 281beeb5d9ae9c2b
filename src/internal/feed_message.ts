/**
 * The messages of the feed's channel, in one place for both sides: the triggers write them in SQL
 * (`stores/triggers/functions.ts`), the nodes write and parse them here. Any role that can connect to the database can
 * send one, so a message is only a hint to recheck a login, never a reason to believe anything. Orders to disconnect,
 * which are obeyed, are signed: they begin with `order`, and are written and parsed in `sockets/node/disconnect.ts`.
 *
 *     sessions 0f1e2d3c4b5a99aabbccddee     these sessions were deleted
 *     tokens 0f1e2d3c4b5a                   these tokens were blacklisted
 *     users ["7","12"]                      these users were changed or deleted
 *     resync                                more than fits: recheck everything
 *     ping 3rZ8…                            a node is alive
 *     bye 3rZ8…                             a node is shutting down
 *     probe 8dKq…                           nothing: only its sender listens for it
 *
 * Sessions and tokens are twelve hex digits each, the start of the SHA-256 of the session key or `jti`: neither is sent
 * in the clear. Users are their primary keys as strings, in JSON, since a key may contain any character.
 */

/** A parsed message. */
export type FeedMessage =
  /** Hashes from `shortHash()`. */
  | { readonly kind: "sessions" | "tokens"; readonly hashes: readonly number[] }
  /** Primary keys as strings, as the database writes them. */
  | { readonly kind: "users"; readonly keys: readonly string[] }
  | { readonly kind: "resync" }
  | { readonly kind: "ping" | "bye"; readonly nodeId: string };

/** The limit of Postgres: payloads must be shorter than 8,000 bytes. */
export const MAX_PAYLOAD_BYTES = 7_999;

/**
 * The share of Postgres' notification queue above which nothing more is sent. Any role can fill the queue (`LISTEN`,
 * then an open transaction), and a NOTIFY that finds it full fails at the commit, with all that the transaction wrote.
 */
export const MAX_QUEUE_USAGE = 0.9;

/** The hex digits of a hash: 48 bits, which fit in a number. */
export const HASH_DIGITS = 12;

/** The characters of a node's ID. */
export const NODE_ID_LENGTH = 16;

const HASHES = new RegExp(`^(?:[0-9a-f]{${HASH_DIGITS}})+$`);
const NODE_ID = new RegExp(`^[A-Za-z0-9]{${NODE_ID_LENGTH}}$`);

/** Formats a heartbeat, or the last message of a node. */
export function formatNodeMessage(kind: "ping" | "bye", nodeId: string): string {
  return `${kind} ${nodeId}`;
}

/** Formats a message that only its sender listens for; nodes ignore it. */
export function formatProbe(word: string): string {
  return `probe ${word}`;
}

/**
 * Parses a message; returns `null` for anything else. A list that cannot be read means that something changed, but not
 * what: a resync.
 */
export function parseFeedMessage(payload: string): FeedMessage | null {
  if (payload === "resync") return { kind: "resync" };
  if (payload.length > MAX_PAYLOAD_BYTES) return null;
  const space = payload.indexOf(" ");
  const kind = payload.slice(0, Math.max(0, space));
  const body = payload.slice(space + 1);
  switch (kind) {
    case "sessions":
    case "tokens":
      return HASHES.test(body) ? { kind, hashes: parseHashes(body) } : { kind: "resync" };
    case "users": {
      const keys = parseKeys(body);
      return keys === null ? { kind: "resync" } : { kind, keys };
    }
    case "ping":
    case "bye":
      return NODE_ID.test(body) ? { kind, nodeId: body } : null;
    default:
      return null;
  }
}

function parseHashes(body: string): number[] {
  const hashes: number[] = [];
  for (let start = 0; start < body.length; start += HASH_DIGITS) {
    hashes.push(parseInt(body.slice(start, start + HASH_DIGITS), 16));
  }
  return hashes;
}

function parseKeys(body: string): string[] | null {
  let keys: unknown;
  try {
    keys = JSON.parse(body);
  } catch {
    return null;
  }
  const areKeys = Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === "string");
  return areKeys ? keys as string[] : null;
}
