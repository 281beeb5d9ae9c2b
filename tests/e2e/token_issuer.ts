/** Another service that issues tokens with a key pair, and publishes the public key. */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CompactJWSHeaderParameters, CompactSign } from "jose";
import type { Person } from "./site.ts";

/** A pair of keys for ES256. */
export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** The service. */
export interface Issuer {
  readonly pair: KeyPair;
  readonly url: string;
  /** The URL of the key set, which is served while `isUp`. */
  readonly jwkUrl: string;
  /** The paths that were requested. */
  readonly paths: string[];
  isUp: boolean;
}

/** A new pair. */
export function keyPair(): KeyPair {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

/** The public key of a pair, as a member of a key set. */
export function jwkOf({ publicKey }: KeyPair, kid: string): Record<string, unknown> {
  return { ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "ES256" };
}

/** An access token of a person, signed by a pair of keys. */
export async function tokenBy(
  { privateKey }: KeyPair,
  { pk }: Person,
  header: Omit<CompactJWSHeaderParameters, "alg"> = { kid: "one" },
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { exp: now + 300, iat: now, jti: crypto.randomUUID(), user_id: String(pk) };
  return await new CompactSign(new TextEncoder().encode(JSON.stringify({ token_type: "access", ...claims })))
    .setProtectedHeader({ ...header, alg: "ES256" }).sign(privateKey);
}

/** Runs the service for as long as `work` takes. */
export async function withIssuer(work: (issuer: Issuer) => Promise<void>): Promise<void> {
  const pair = keyPair();
  const body = JSON.stringify({ keys: [jwkOf(pair, "one")] });
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(String(request.url));
    if (issuer.isUp) response.writeHead(200).end(body);
    else response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: Issuer = { pair, url, jwkUrl: `${url}/keys`, paths, isUp: true };
  try {
    await work(issuer);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
