/** Where a client of postgres.js connects to, for messages: never a part of the password. */

/** What messages tell of a connection. */
export interface Place {
  /** `db.internal:5432`, or the path of a Unix socket; empty if the host may be a part of the password. */
  readonly address: string;
  /** Whether the client connects over TLS or not at all. */
  readonly demandsTls: boolean;
}

/** For messages about no particular connection. */
export const NOWHERE: Place = { address: "", demandsTls: false };

/** A URL whose only `@`, if any, ends the user name and password. */
const UNMISTAKABLE = /^[^@]*$|^[^:]*:\/\/[^/?#@]*@[^@]*$/;

/**
 * Returns where a client connects to.
 *
 * @param source what the client was created from
 * @param parsed the client's options, as postgres.js parsed the source
 */
export function placeOf(source: unknown, parsed: unknown): Place {
  const { ssl } = Object(parsed) as { readonly ssl?: unknown };
  return { address: addressOf(source, parsed), demandsTls: Boolean(ssl) && ssl !== "prefer" };
}

/** Returns the address, or "" if the host may be a part of a password whose `@` or `/` is not encoded. */
function addressOf(source: unknown, parsed: unknown): string {
  const { path, host, port, pass, database } = Object(parsed) as Record<string, unknown>;
  if (typeof source === "string" && !UNMISTAKABLE.test(source)) return "";
  if (typeof path === "string") return path;
  if (!Array.isArray(host) || !Array.isArray(port)) return "";
  const texts = [...host, database].map(String);
  const password = typeof pass === "string" ? pass : "";
  const isDoubtful = texts.some((text) => text.includes("@")) ||
    host.some((name) => password.includes(String(name)));
  return isDoubtful ? "" : host.map((name, index) => `${name}:${port[index]}`).join(", ");
}
