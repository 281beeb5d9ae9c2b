/** Where a request really comes from: what a proxy says about that is only believed of proxies that are known. */

import {
  type IpAddress,
  type IpNetwork,
  isInNetwork,
  parseIpAddress,
  visitorIn,
  visitorOf,
} from "../../internal/ip_address.ts";

/** The proxies in front: how many there are, or where they are. */
export type TrustedProxies = number | readonly IpNetwork[];

/** Whether any proxy is believed. */
export function areTrusted(proxies: TrustedProxies): boolean {
  return typeof proxies === "number" ? proxies > 0 : proxies.length > 0;
}

/**
 * What stands for the client; `null` where its address is not known.
 *
 * @param remoteAddress the peer, as the runtime says it
 * @param forwardedFor the header `X-Forwarded-For`, to which each proxy adds its own peer at the end
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

/** With so many proxies, that entry from the end was written by the first of them, and what is before it by anybody. */
function behindHops(peer: IpAddress | null, forwardedFor: string, hops: number): IpAddress | null {
  let entry: string | undefined;
  const entries = entriesFromEnd(forwardedFor);
  for (let hop = 0; hop < hops; hop++) entry = entries.next().value ?? undefined;
  return entry === undefined ? peer : parseEntry(entry) ?? peer;
}

/** From the peer backwards, as long as who wrote an entry is a proxy of ours. */
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

/** One after the other: a client may write thousands, of which only the last few count. */
function* entriesFromEnd(header: string): Generator<string, undefined> {
  for (let end = header.length; end >= 0;) {
    const comma = end === 0 ? -1 : header.lastIndexOf(",", end - 1);
    yield header.slice(comma + 1, end).trim();
    end = comma === -1 ? -1 : comma;
  }
}

/** Characters of an IPv6 address with a zone and a port, and then some. */
const LONGEST_ENTRY = 100;

/** An entry; some proxies write the port as well. */
function parseEntry(entry: string): IpAddress | null {
  // Before anything else: a client may write as much as a header holds.
  if (entry.length > LONGEST_ENTRY) return null;
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([^:]*\.[^:]*):\d+$/.exec(entry)?.[1] ?? entry;
  return parseIpAddress(bare);
}
