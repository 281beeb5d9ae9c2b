/** The option `sockets`: its checks and defaults. */

import { requireUrl } from "../../databases/postgres/source.ts";
import { type IpNetwork, isInNetwork, parseIpNetwork } from "../../internal/ip_address.ts";
import {
  requireCount,
  requireOneOf,
  requireSeconds,
  requireType,
  wrong,
} from "../../internal/option_checks.ts";
import type { SocketLimit } from "../events/events.ts";
import type { SocketsOptions } from "./options.ts";

/** How live sockets are re-validated, and how many are allowed. */
export interface SocketSettings {
  /** Seconds between two rounds of re-validation; 0 for none. */
  readonly revalidateInterval: number;
  /** Seconds that sockets stay open while the database is unavailable. */
  readonly outageGrace: number;
  /** The limits on the number of sockets; an unlimited number has no entry. */
  readonly limits: ReadonlyMap<SocketLimit, number>;
  readonly whenFull: "refuse" | "replace";
  /** The number of proxies, or their networks. */
  readonly trustedProxies: number | readonly IpNetwork[];
  /** Seconds for the decision about an upgrade. */
  readonly authenticationDeadline: number;
  /** The number of concurrent decisions. */
  readonly maxAuthenticating: number;
  /** The number of decisions that may be queued. */
  readonly maxWaiting: number;
}

const REVALIDATE_INTERVAL_SECONDS = 30;
const OUTAGE_GRACE_SECONDS = 300;
const AUTHENTICATION_DEADLINE_SECONDS = 10;
/** Simultaneous look-ups share a query: this many keep even a slow database busy. */
const MAX_AUTHENTICATING = 2000;

const LIMITS = ["max", "maxPerAddress", "maxPerSession", "maxPerUser"] as const;

const ALL_IPV4: IpNetwork = parseIpNetwork("0.0.0.0/0")!;

/** No site has more proxies in a row; a larger number was meant for something else. */
const MAX_HOPS = 16;

/**
 * Requires valid values.
 *
 * @param maxSeconds the longest deadline
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireSocketSettings(sockets: SocketsOptions, maxSeconds: number): void {
  for (const name of ["revalidateInterval", "outageGrace"] as const) {
    requireSeconds(`sockets.${name}`, sockets[name], { from: 0, to: maxSeconds });
  }
  if (typeof sockets.feed === "string") requireUrl("sockets.feed", sockets.feed);
  else if (typeof sockets.feed !== "function") requireType("sockets.feed", sockets.feed, "boolean");
  for (const name of [...LIMITS, "maxAuthenticating"] as const) {
    requireCount(`sockets.${name}`, sockets[name], 1);
  }
  requireCount("sockets.maxWaiting", sockets.maxWaiting, 0);
  requireOneOf("sockets.whenFull", sockets.whenFull, ["refuse", "replace"]);
  requireSeconds("sockets.authenticationDeadline", sockets.authenticationDeadline, { to: maxSeconds });
  requireProxies(sockets.trustedProxies);
}

/** Returns the settings of these options. */
export function socketSettings(sockets: SocketsOptions): SocketSettings {
  const { maxAuthenticating = MAX_AUTHENTICATING, trustedProxies = [] } = sockets;
  return {
    revalidateInterval: sockets.revalidateInterval ?? REVALIDATE_INTERVAL_SECONDS,
    outageGrace: sockets.outageGrace ?? OUTAGE_GRACE_SECONDS,
    limits: new Map(LIMITS.flatMap((name): [SocketLimit, number][] => {
      const limit = sockets[name] ?? Infinity;
      return limit === Infinity ? [] : [[`sockets.${name}`, limit]];
    })),
    whenFull: sockets.whenFull ?? "refuse",
    trustedProxies: typeof trustedProxies === "number"
      ? trustedProxies
      : trustedProxies.map(parseIpNetwork).filter((network): network is IpNetwork => network !== null),
    authenticationDeadline: sockets.authenticationDeadline ?? AUTHENTICATION_DEADLINE_SECONDS,
    maxAuthenticating,
    maxWaiting: sockets.maxWaiting ?? maxAuthenticating,
  };
}

function requireProxies(proxies: unknown): void {
  if (proxies === undefined) return;
  if (typeof proxies === "number") {
    if (Number.isInteger(proxies) && proxies >= 1 && proxies <= MAX_HOPS) return;
    throw wrong("sockets.trustedProxies", proxies, `a number of proxies from 1 to ${MAX_HOPS}`);
  }
  const expected = 'addresses and networks such as "127.0.0.1" and "10.0.0.0/8", or a number of proxies';
  if (!Array.isArray(proxies)) throw wrong("sockets.trustedProxies", proxies, expected);
  for (const proxy of proxies as unknown[]) {
    const network = typeof proxy === "string" ? parseIpNetwork(proxy) : null;
    if (network === null) throw wrong("sockets.trustedProxies", proxy, expected);
    // Every client would count as a proxy, and could claim any address.
    if (isEverybody(network)) {
      throw wrong("sockets.trustedProxies", proxy, `${expected} if their addresses are not known`);
    }
  }
}

function isEverybody(network: IpNetwork): boolean {
  return network.prefix <= ALL_IPV4.prefix && isInNetwork(ALL_IPV4.address, network);
}
