/**
 * Parses the Origin header in the one form in which browsers write it. Whether an origin is allowed is decided by
 * Django's rule in csrf_origin.ts, and by the list of Channels in socket_origin.ts.
 */

import { isBracketedAddress } from "./split_url.ts";

/** The parts of an origin. */
export interface WebOrigin {
  /** The scheme, such as `https`. */
  readonly scheme: string;
  /** The name or address; an IPv6 address in brackets. */
  readonly host: string;
  /** The port, or null for the scheme's default. */
  readonly port: number | null;
  /** Host and port as they were written. */
  readonly netloc: string;
}

const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/((?:([a-z0-9._-]+)|(\[[0-9a-f:.]+\]))(?::(0|[1-9][0-9]{0,4}))?)$/;
const NETLOC = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/;

/**
 * Parses an origin; returns null for anything no browser sends: userinfo, a path, capitals, a port out of range,
 * unclosed brackets, two origins in one header; also for `null` and `file://`. Never throws.
 */
export function parseOrigin(origin: string): WebOrigin | null {
  const parts = ORIGIN.exec(origin);
  if (parts === null) return null;
  const [, scheme = "", netloc = "", name, address, digits] = parts;
  if (address !== undefined && !isBracketedAddress(address)) return null;
  const port = digits === undefined ? null : Number(digits);
  return port !== null && port > 65535 ? null : { scheme, host: name ?? address ?? "", port, netloc };
}

/**
 * Returns whether host and port are written as browsers write them in a URL: only a name or address, and digits.
 */
export function isPlainNetloc(netloc: string): boolean {
  return NETLOC.test(netloc);
}
