/**
 * What travels over the feed's channel, in one place for both sides: the triggers write it in SQL
 * (`stores/triggers/functions.ts`), the nodes write and read it here. A role that may connect to the database may send such
 * a text, so a message is a hint to look at a login, and never a reason to believe anything. Orders to disconnect, which are
 * obeyed, are signed: they begin with `order`, and are written and read in `sockets/node/disconnect.ts`.
 *
 *     sessions 0f1e2d3c4b5a99aabbccddee     these sessions were deleted
 *     tokens 0f1e2d3c4b5a                   these tokens were blacklisted
 *     users ["7","12"]                      these users were changed or deleted
 *     resync                                more than fits: look at everything
 *     ping 3rZ8…                            a node lives
 *     bye 3rZ8…                             a node ends
 *     probe 8dKq…                           nothing: whoever says it listens for it
 *
 * Sessions and tokens are twelve hex digits each, the beginning of the SHA-256 of session key and `jti`: neither
 * travels in clear. Users are the text forms of their primary keys, in JSON, since a key may hold any character.
 */

/** A message, read. */
export type FeedMessage =
  /** Hashes as `shortHash()` makes them. */
  | { readonly kind: "sessions" | "tokens"; readonly hashes: readonly number[] }
  /** Primary keys as text, as the database writes them. */
  | { readonly kind: "users"; readonly keys: readonly string[] }
  | { readonly kind: "resync" }
  | { readonly kind: "ping" | "bye"; readonly nodeId: string };

/** Postgres takes payloads below 8,000 bytes. */
export const MAX_PAYLOAD_BYTES = 7_999;

/** The hex digits of a hash: 48 bits, which a number holds. */
export const HASH_DIGITS = 12;

/** The characters of a node's name. */
export const NODE_ID_LENGTH = 16;

const HASHES = new RegExp(`^(?:[0-9a-f]{${HASH_DIGITS}})+$`);
const NODE_ID = new RegExp(`^[A-Za-z0-9]{${NODE_ID_LENGTH}}$`);

/** Writes a heartbeat, or the last word of a node. */
export function formatNodeMessage(kind: "ping" | "bye", nodeId: string): string {
  return `${kind} ${nodeId}`;
}

/** Writes what its sender alone listens for: no message to the nodes. */
export function formatProbe(word: string): string {
  return `probe ${word}`;
}

/** Reads a message; `null` for every other text. */
export function parseFeedMessage(payload: string): FeedMessage | null {
  if (payload === "resync") return { kind: "resync" };
  if (payload.length > MAX_PAYLOAD_BYTES) return null;
  const space = payload.indexOf(" ");
  const kind = payload.slice(0, Math.max(0, space));
  const body = payload.slice(space + 1);
  switch (kind) {
    case "sessions":
    case "tokens":
      return HASHES.test(body) ? { kind, hashes: parseHashes(body) } : null;
    case "users": {
      const keys = parseKeys(body);
      return keys === null ? null : { kind, keys };
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
