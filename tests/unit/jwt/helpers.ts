/** Tokens at a fixed time, and correctly signed tokens of any form. */

import { createHmac, generateKeyPairSync, type KeyPairKeyObjectResult } from "node:crypto";
import type { JwtOptions } from "../../../src/jwt/options/options.ts";
import { jwtSettings } from "../../../src/jwt/options/settings.ts";
import { createTokens, type Tokens, type TokensOptions } from "../../../src/jwt/tokens/tokens.ts";

/** The current time, in seconds. */
export const NOW = 1_700_000_000;
/** The default signing key. */
export const SECRET = "the secret of these tests";

/** A user of these tests. */
export interface TestUser {
  id: number;
  password: string;
}

/** A sample user. */
export const BOB: TestUser = { id: 7, password: "pbkdf2_sha256$1$salt$hash" };

/** Tokens with these options. */
export function tokensWith(
  options: JwtOptions<TestUser> = {},
  parts: Partial<TokensOptions<TestUser>> = {},
): Tokens<TestUser> {
  return createTokens({
    settings: jwtSettings(options, SECRET),
    secretKey: SECRET,
    subjectOf: ({ id, password }) => ({ pk: id, userId: id, password }),
    clock: { now: () => NOW * 1000 },
    ...parts,
  });
}

/** Base64url of a text. */
export function segment(text: string | Uint8Array): string {
  return Buffer.from(text as string).toString("base64url");
}

/** A correctly signed token with exactly this header and payload. */
export function signed(
  payload: string | Uint8Array,
  header = '{"alg":"HS256","typ":"JWT"}',
  key = SECRET,
): string {
  const text = `${segment(header)}.${segment(payload)}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

/** The payload of a valid access token with changed claims; `undefined` removes one. */
export function payload(claims: Record<string, unknown> = {}): string {
  return JSON.stringify({
    token_type: "access",
    exp: NOW + 60,
    iat: NOW,
    jti: "0".repeat(32),
    user_id: "7",
    ...claims,
  });
}

/** The result of verifying a token: `ok`, or the code of the refusal. */
export async function said(tokens: Tokens<TestUser>, text: unknown, type = "access"): Promise<string> {
  const verified = await tokens.verify(text, type);
  return "token" in verified ? "ok" : verified.code;
}

/** A pair of keys as PEM. */
export interface PemPair {
  publicKey: string;
  privateKey: string;
}

/** A new RSA key pair. */
export function rsaPair(modulusLength = 2048): PemPair {
  return pemOf(generateKeyPairSync("rsa", { modulusLength }));
}

/** A new ECDSA key pair. */
export function ecPair(namedCurve = "P-256"): PemPair {
  return pemOf(generateKeyPairSync("ec", { namedCurve }));
}

function pemOf({ publicKey, privateKey }: KeyPairKeyObjectResult): PemPair {
  return {
    publicKey: publicKey.export({ type: "spki", format: "pem" }) as string,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}
