/** Finds consecutive free ports. */

import { once } from "node:events";
import { createServer } from "node:net";

const DEFAULT_BASE = 8000;
const STEP = 10;
const ATTEMPTS = 20;

/**
 * @param {number} count
 * @param {number | undefined} base the first port; 0 for any free ones; by default 8000, or 8010 if 8000 is taken, etc.
 * @returns {Promise<number[]>}
 * @throws {Error} if a requested port is taken
 */
export async function choosePorts(count, base) {
  if (base === 0) return await Promise.all(Array.from({ length: count }, () => freePort()));
  const first = base ?? DEFAULT_BASE;
  for (let attempt = 0; attempt < (base === undefined ? ATTEMPTS : 1); attempt++) {
    const ports = Array.from({ length: count }, (_, index) => first + attempt * STEP + index);
    const isFree = await Promise.all(ports.map((port) => freePort(port).then(() => true, () => false)));
    if (isFree.every(Boolean)) return ports;
  }
  throw new Error(`a port from ${first} on is taken: choose others with --port-base`);
}

/** Returns the port if it is free, by listening on it briefly; rejects otherwise. */
async function freePort(port = 0) {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  const { port: found } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return found;
}
