/**
 * IP addresses and networks. All have one form, eight groups of 16 bits, where an IPv4 address is in `::ffff:0:0/96`,
 * so that `10.0.0.1` and `::ffff:10.0.0.1`, which runtimes report for the same peer, are equal.
 */

/** The groups of an address. */
export type IpAddress = readonly number[];

/** The addresses that share a prefix. */
export interface IpNetwork {
  readonly address: IpAddress;
  /** The length of the prefix in bits, of 128. */
  readonly prefix: number;
}

const GROUPS = 8;
const GROUP_BITS = 16;
/** The bits that precede an IPv4 address. */
const MAPPED_BITS = 96;
const DECIMAL = /^(?:0|[1-9]\d{0,2})$/;
const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const HEXADECIMAL = /^[0-9a-f]{1,4}$/i;
/** Enough for `::ffff:255.255.255.255` in full, and a zone. */
const MAX_LENGTH = 80;

/** Parses an address without port and brackets; `null` for anything else, including octal and short forms of IPv4. */
export function parseIpAddress(text: string): IpAddress | null {
  if (text.length > MAX_LENGTH) return null;
  if (!text.includes(":")) {
    const low = parseIpv4(text);
    return low === null ? null : [0, 0, 0, 0, 0, 0xffff, ...low];
  }
  // The zone of a link-local address names the interface, not the peer.
  return parseIpv6(text.replace(/%.*$/s, ""));
}

/** Parses `10.0.0.0/8`, or a single address; `null` if bits are set beyond the prefix, as in `10.0.0.1/8`. */
export function parseIpNetwork(text: string): IpNetwork | null {
  const [host = "", length, ...rest] = text.split("/");
  const address = parseIpAddress(host);
  if (address === null || rest.length > 0) return null;
  const offset = host.includes(":") ? 0 : MAPPED_BITS;
  if (length === undefined) return { address, prefix: GROUPS * GROUP_BITS };
  const prefix = DECIMAL.test(length) ? offset + Number(length) : Infinity;
  if (prefix > GROUPS * GROUP_BITS) return null;
  const isClean = address.every((group, index) => (group & ~maskOf(prefix, index)) === 0);
  return isClean ? { address, prefix } : null;
}

/** Returns whether an address belongs to a network. */
export function isInNetwork(address: IpAddress, network: IpNetwork): boolean {
  return address.every((group, index) =>
    ((group ^ network.address[index]!) & maskOf(network.prefix, index)) === 0
  );
}

/**
 * Returns the key of one visitor: an IPv4 address itself, and the /64 of an IPv6 address, since one customer has all of
 * it.
 */
export function visitorOf(address: IpAddress): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, mark, high = 0, low = 0] = address;
  if (mark === 0xffff && (a | b | c | d | e) === 0) {
    return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
  }
  return `${address.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}

/** Returns {@link visitorOf} the address in a string, or `null` if it is not an address. */
export function visitorIn(text: string): string | null {
  // The fast path of every counted upgrade: an IPv4 address is its own key, and has only one form.
  if (IPV4.test(text)) return text;
  const address = parseIpAddress(text);
  return address === null ? null : visitorOf(address);
}

/** Returns the mask of a group: its bits before the end of the prefix. */
function maskOf(prefix: number, group: number): number {
  const bits = Math.min(Math.max(prefix - group * GROUP_BITS, 0), GROUP_BITS);
  return 0xffff << (GROUP_BITS - bits) & 0xffff;
}

function parseIpv4(text: string): [high: number, low: number] | null {
  if (!IPV4.test(text)) return null;
  const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
  return [a << 8 | b, c << 8 | d];
}

function parseIpv6(text: string): IpAddress | null {
  const sides = text.split("::");
  const [head, tail, ...rest] = sides.map((side, index) => groupsOf(side, index === sides.length - 1));
  if (head == null || tail === null || rest.length > 0) return null;
  if (tail === undefined) return head.length === GROUPS ? head : null;
  const missing = GROUPS - head.length - tail.length;
  return missing < 1 ? null : [...head, ...Array<number>(missing).fill(0), ...tail];
}

/** Parses the groups on one side of `::`; the last two of the address may be written as IPv4. */
function groupsOf(side: string, isLast: boolean): number[] | null {
  if (side === "") return [];
  const groups: number[] = [];
  const texts = side.split(":");
  for (const [index, text] of texts.entries()) {
    if (HEXADECIMAL.test(text)) {
      groups.push(parseInt(text, 16));
      continue;
    }
    const low = isLast && index === texts.length - 1 ? parseIpv4(text) : null;
    if (low === null) return null;
    groups.push(...low);
  }
  return groups;
}
