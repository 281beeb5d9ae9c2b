/** Requests with access tokens that are created before measuring: fresh ones and repeated ones. */

import { Buffer } from "node:buffer";
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { answerTo, SECRET_KEY } from "../site.ts";
import { type Exchange, type HttpResult, type Run, runExchanges } from "./http_load.ts";

/** A job that creates the tokens of an algorithm. */
export interface TokensJob {
  readonly kind: "tokens";
  readonly algorithm: "HS256" | "RS256";
  /** Tokens per turn that are sent only once. */
  readonly fresh: number;
  readonly turns: number;
  /** Tokens that are sent repeatedly. */
  readonly known: number;
}

/** A run of requests with these tokens. */
export interface BearerJob extends Run {
  readonly kind: "bearer";
  /** Whether the answers depend on the visitor. */
  readonly personal: boolean;
  readonly tokens: "fresh" | "known";
  /** The turn whose fresh tokens are sent. */
  readonly turn?: number;
}

/** In seconds; longer than any benchmark. */
const LIFETIME = 24 * 60 * 60;
/** Bits of an RSA key; the usual size. */
const MODULUS = 2048;

let known: string[] = [];
let fresh: string[][] = [];

/** Creates the tokens and returns the key to verify them with: a PEM or a shared secret. */
export function makeTokens(
  { algorithm, fresh: count, turns, known: others }: TokensJob,
): Promise<{ readonly key: string }> {
  const pair = algorithm === "RS256" ? generateKeyPairSync("rsa", { modulusLength: MODULUS }) : null;
  const signer = signerOf(algorithm, pair?.privateKey ?? null);
  const many = (length: number): string[] => Array.from({ length }, (_, index) => signer(index + 1));
  known = many(others);
  fresh = Array.from({ length: turns }, () => many(count));
  const key = pair?.publicKey.export({ type: "spki", format: "pem" }).toString() ?? SECRET_KEY;
  return Promise.resolve({ key });
}

/** Sends requests with these tokens. */
export function runBearer(job: BearerJob): Promise<HttpResult> {
  const tokens = job.tokens === "known" ? known : fresh[job.turn ?? 0] ?? [];
  return runExchanges(job, tokens.map((token, index) => exchangeOf(job, token, index + 1)));
}

function exchangeOf({ port, personal }: BearerJob, token: string, id: number): Exchange {
  const request = [
    "GET / HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) bench",
    "Accept: application/json",
    `Authorization: Bearer ${token}`,
  ];
  const answer = personal ? { id: String(id) } : answerTo(1);
  return {
    request: new TextEncoder().encode(`${request.join("\r\n")}\r\n\r\n`),
    ending: `\r\n\r\n${JSON.stringify(answer)}`,
  };
}

/** Signs access tokens as simplejwt writes them. */
function signerOf(algorithm: TokensJob["algorithm"], privateKey: KeyObject | null): (id: number) => string {
  const now = Math.floor(Date.now() / 1000);
  const header = encoded({ alg: algorithm, typ: "JWT" });
  let count = 0;
  return (id) => {
    const jti = `${++count}`.padStart(32, "0");
    const claims = { token_type: "access", exp: now + LIFETIME, iat: now, jti, user_id: String(id) };
    const signed = `${header}.${encoded(claims)}`;
    const signature = privateKey === null
      ? createHmac("sha256", SECRET_KEY).update(signed).digest("base64url")
      : sign("sha256", Buffer.from(signed), privateKey).toString("base64url");
    return `${signed}.${signature}`;
  };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
