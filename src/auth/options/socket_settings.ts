/** What the option `sockets` means, with its defaults, and which values it cannot have. */

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

/** When live sockets are looked at again, and how many there may be. */
export interface SocketSettings {
  /** Seconds between two rounds; 0 for none. */
  readonly revalidateInterval: number;
  /** Seconds that sockets live on while the database is away. */
  readonly outageGrace: number;
  /** How many there may be; what has no limit is not there. */
  readonly limits: ReadonlyMap<SocketLimit, number>;
  readonly whenFull: "refuse" | "replace";
  /** How many proxies there are, or where. */
  readonly trustedProxies: number | readonly IpNetwork[];
  /** Seconds for the decision about an upgrade. */
  readonly authenticationDeadline: number;
  /** Decisions at a time. */
  readonly maxAuthenticating: number;
  /** Decisions that may wait for their turn. */
  readonly maxWaiting: number;
}

/** Seconds. */
const REVALIDATE_INTERVAL = 30;
/** Seconds. */
const OUTAGE_GRACE = 300;
/** Seconds. */
const AUTHENTICATION_DEADLINE = 10;
/** Look-ups that arrive together are one query: this many at a time keep a database busy that answers slowly. */
const MAX_AUTHENTICATING = 2000;

const LIMITS = ["max", "maxPerAddress", "maxPerSession", "maxPerUser"] as const;

const ALL_IPV4: IpNetwork = parseIpNetwork("0.0.0.0/0")!;

/** No site has more proxies in a row; a larger number is something else. */
const MAX_HOPS = 16;

/**
 * Refuses values that cannot be.
 *
 * @param maxSeconds of a deadline
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireSocketSettings(sockets: SocketsOptions, maxSeconds: number): void {
  for (const name of ["revalidateInterval", "outageGrace"] as const) {
    if (sockets[name] !== 0) requireSeconds(`sockets.${name}`, sockets[name], { to: maxSeconds });
  }
  // An address is checked where it is opened; it is never quoted.
  if (typeof sockets.feed !== "string" && typeof sockets.feed !== "function") {
    requireType("sockets.feed", sockets.feed, "boolean");
  }
  for (const name of [...LIMITS, "maxAuthenticating"] as const) {
    requireCount(`sockets.${name}`, sockets[name], 1);
  }
  requireCount("sockets.maxWaiting", sockets.maxWaiting, 0);
  requireOneOf("sockets.whenFull", sockets.whenFull, ["refuse", "replace"]);
  requireSeconds("sockets.authenticationDeadline", sockets.authenticationDeadline, { to: maxSeconds });
  requireProxies(sockets.trustedProxies);
}

/** The settings of these options. */
export function socketSettings(sockets: SocketsOptions): SocketSettings {
  const { maxAuthenticating = MAX_AUTHENTICATING, trustedProxies = [] } = sockets;
  return {
    revalidateInterval: sockets.revalidateInterval ?? REVALIDATE_INTERVAL,
    outageGrace: sockets.outageGrace ?? OUTAGE_GRACE,
    limits: new Map(LIMITS.flatMap((name): [SocketLimit, number][] => {
      const limit = sockets[name] ?? Infinity;
      return limit === Infinity ? [] : [[`sockets.${name}`, limit]];
    })),
    whenFull: sockets.whenFull ?? "refuse",
    trustedProxies: typeof trustedProxies === "number"
      ? trustedProxies
      : trustedProxies.map(parseIpNetwork).filter((network): network is IpNetwork => network !== null),
    authenticationDeadline: sockets.authenticationDeadline ?? AUTHENTICATION_DEADLINE,
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
    // Every client would be a proxy, and could say to come from anywhere.
    if (isEverybody(network)) {
      throw wrong("sockets.trustedProxies", proxy, `${expected}, where they are not known`);
    }
  }
}

function isEverybody(network: IpNetwork): boolean {
  return network.prefix <= ALL_IPV4.prefix && isInNetwork(ALL_IPV4.address, network);
}
