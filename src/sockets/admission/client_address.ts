/** Where a request really comes from: forwarding headers are only believed from known proxies. */

import {
  type IpAddress,
  type IpNetwork,
  isInNetwork,
  parseIpAddress,
  visitorIn,
  visitorOf,
} from "../../internal/ip_address.ts";

/** The trusted proxies in front of the server: their number, or their addresses. */
export type TrustedProxies = number | readonly IpNetwork[];

/** Returns whether any proxy is trusted. */
export function areTrusted(proxies: TrustedProxies): boolean {
  return typeof proxies === "number" ? proxies > 0 : proxies.length > 0;
}

/**
 * Returns the address or network that the client is counted under; `null` where its address is not known.
 *
 * @param remoteAddress the peer, as reported by the runtime
 * @param forwardedFor the header `X-Forwarded-For`, to which each proxy appends its own peer
 */
export function clientVisitor(
  remoteAddress: string | undefined,
  forwardedFor: string | null,
  proxies: TrustedProxies,
): string | null {
  if (forwardedFor === null) return remoteAddress === undefined ? null : visitorIn(remoteAddress);
  const peer = remoteAddress === undefined ? null : parseIpAddress(remoteAddress);
  const address = typeof proxies === "number"
    ? behindHops(peer, forwardedFor, proxies)
    : behindKnown(peer, forwardedFor, proxies);
  return address === null ? null : visitorOf(address);
}

/** Takes the entry that the outermost of `hops` proxies wrote, from the end; anybody may have written those before. */
function behindHops(peer: IpAddress | null, forwardedFor: string, hops: number): IpAddress | null {
  let entry: string | undefined;
  const entries = entriesFromEnd(forwardedFor);
  for (let hop = 0; hop < hops; hop++) entry = entries.next().value ?? undefined;
  return entry === undefined ? peer : parseEntry(entry) ?? peer;
}

/** Walks back from the peer for as long as the entry was written by a known proxy. */
function behindKnown(
  peer: IpAddress | null,
  forwardedFor: string,
  proxies: readonly IpNetwork[],
): IpAddress | null {
  let address = peer;
  const entries = entriesFromEnd(forwardedFor);
  while (address !== null && isKnown(address, proxies)) {
    const entry = entries.next().value;
    const next = entry === undefined ? null : parseEntry(entry);
    if (next === null) break;
    address = next;
  }
  return address;
}

function isKnown(address: IpAddress, proxies: readonly IpNetwork[]): boolean {
  return proxies.some((network) => isInNetwork(address, network));
}

/** Yields entries lazily: a client may send thousands, of which only the last few count. */
function* entriesFromEnd(header: string): Generator<string, undefined> {
  for (let end = header.length; end >= 0;) {
    const comma = end === 0 ? -1 : header.lastIndexOf(",", end - 1);
    yield header.slice(comma + 1, end).trim();
    end = comma === -1 ? -1 : comma;
  }
}

/** The longest entry that is parsed, in characters; longer than an IPv6 address with a zone and a port. */
const MAX_ENTRY_LENGTH = 100;

/** Parses an entry; some proxies append the port. */
function parseEntry(entry: string): IpAddress | null {
  // First of all: a client may send as much as a header holds.
  if (entry.length > MAX_ENTRY_LENGTH) return null;
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([^:]*\.[^:]*):\d+$/.exec(entry)?.[1] ?? entry;
  return parseIpAddress(bare);
}
