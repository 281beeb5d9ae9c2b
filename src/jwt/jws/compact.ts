/** The three segments of a compact token: shape, size and header, checked before anything in it is trusted. */

import { textFromBase64Url, toBase64Url, utf8 } from "../../internal/bytes.ts";
import { parseCheckedJson, scanPythonObject } from "../../internal/python/json.ts";
import type { JwtAlgorithm } from "../options/algorithms.ts";

/** A token whose header names the right algorithm. */
export interface CompactToken {
  /** The whole token. */
  readonly text: string;
  /** The segments as received, in the alphabet of base64url. */
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  /** The signing input: the first two segments with the dot between them. */
  readonly signed: string;
  /** The name of the key, if the header has one; not trusted before the signature is verified. */
  readonly kid: string | null;
}

/** Why a string is not a token of the algorithm. */
export type CompactFault = "token_malformed" | "token_wrong_algorithm";

/** Longer than any legitimate token; megabytes of hostile input are not even scanned. */
const MAX_LENGTH = 16_384;
const SHAPE = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Returns the header that simplejwt writes, with the `kid` where PyJWT puts it. */
export function headerMembers(
  algorithm: JwtAlgorithm,
  kid: string | null,
): Record<string, string> & { alg: string } {
  return { alg: algorithm, ...(kid === null ? {} : { kid }), typ: "JWT" };
}

/** Returns the encoded header. */
export function headerOf(algorithm: JwtAlgorithm, kid: string | null = null): string {
  return toBase64Url(utf8(JSON.stringify(headerMembers(algorithm, kid))));
}

/** Returns whether a value is a string that is short enough to be examined. */
export function isTokenLength(text: unknown): text is string {
  return typeof text === "string" && text.length <= MAX_LENGTH;
}

/** Creates the reader of tokens of one algorithm. The reader never throws. */
export function createCompactReader(
  algorithm: JwtAlgorithm,
): (text: unknown) => CompactToken | CompactFault {
  const usual = headerOf(algorithm);
  return (text) => {
    if (!isTokenLength(text) || !SHAPE.test(text)) return "token_malformed";
    const first = text.indexOf(".");
    const last = text.lastIndexOf(".");
    const header = text.slice(0, first);
    const kid = header === usual ? null : kidOf(header, algorithm);
    if (kid === "token_malformed" || kid === "token_wrong_algorithm") return kid;
    return {
      text,
      header,
      payload: text.slice(first + 1, last),
      signature: text.slice(last + 1),
      signed: text.slice(0, last),
      kid: kid?.kid ?? null,
    };
  };
}

/**
 * Reads a header other than the usual one. Keys in it (`jwk`, `jku`, `x5u`, `x5c`) are never used, and `typ` is
 * ignored, as in PyJWT.
 */
function kidOf(segment: string, algorithm: JwtAlgorithm): { kid: string | null } | CompactFault {
  const text = textFromBase64Url(segment);
  const members = text === null ? null : scanPythonObject(text);
  if (members === null) return "token_malformed";
  // Only strings are parsed: nobody has signed this yet, and a list of thousands of lists would take milliseconds.
  const stringOf = (name: string): string | null => {
    const raw = members.get(name);
    return raw?.startsWith('"') ? parseCheckedJson(raw) as string : null;
  };
  const kid = stringOf("kid");
  if (kid === null && members.has("kid")) return "token_malformed";
  // No critical extension is supported, and an unencoded payload would be a second form of the same token.
  if (members.has("crit") || members.get("b64") === "false") return "token_malformed";
  // The token does not choose its algorithm: `none`, or HS256 with a public key as the secret, is refused here.
  if (stringOf("alg") !== algorithm) return "token_wrong_algorithm";
  return { kid };
}
