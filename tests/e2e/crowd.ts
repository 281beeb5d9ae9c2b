/** Opens many sockets at once, and records how each of them ended. */

import { setTimeout as sleep } from "node:timers/promises";
import { upgrade, type WireEnd, type WireHeaders, type WireSocket } from "./wire.ts";

/** A socket of a crowd. */
export interface Member {
  readonly socket: WireSocket;
  /** How it ended, once it has. */
  end: WireEnd | null;
}

/** Opens many sockets at once. */
export function crowd(
  host: string,
  size: number,
  headersOf: (index: number) => WireHeaders,
): Promise<Member[]> {
  return Promise.all(Array.from({ length: size }, async (_, index) => {
    const socket = await upgrade(host, { headers: headersOf(index) });
    const member: Member = { socket, end: null };
    socket.ended.then((end) => member.end = end);
    return member;
  }));
}

/** Counts sockets by how they ended; `open` counts those that have not. */
export function tallyOf(members: readonly Member[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { socket, end } of members) {
    const state = socket.status !== 101
      ? String(socket.status)
      : end === null
      ? "open"
      : `${end.code} ${end.reason}`;
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

/** Those that are open. */
export function openOf(members: readonly Member[]): Member[] {
  return members.filter(({ socket, end }) => socket.status === 101 && end === null);
}

/** Waits until a condition holds, or until `seconds` have passed. */
export async function until(isSo: () => boolean, seconds: number = 10): Promise<void> {
  for (let tries = 0; tries < seconds * 100 && !isSo(); tries++) await sleep(10);
}
