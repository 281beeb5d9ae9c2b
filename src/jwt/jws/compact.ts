/** The three segments of a compact token: its shape, size and header, before anything of it is believed. */

import { textFromBase64Url, toBase64Url, utf8 } from "../../internal/bytes.ts";
import { parseCheckedJson, scanPythonObject } from "../../internal/python/json.ts";
import type { JwtAlgorithm } from "../options/algorithms.ts";

/** A token whose header names the right algorithm. */
export interface CompactToken {
  /** All of it. */
  readonly text: string;
  /** The segments as they came, of nothing but the letters of base64url. */
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  /** What is signed: the first two segments with their dot. */
  readonly signed: string;
  /** The name of the key, where the header has one; believed only after the signature. */
  readonly kid: string | null;
}

/** What was found in a text in place of a token. */
export type CompactFault = "token_malformed" | "token_wrong_algorithm";

/** Longer than any token that a client has; a stranger's megabytes are not even scanned. */
const MAX_LENGTH = 16_384;
const SHAPE = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** The members of the header that simplejwt writes, and between them, where PyJWT would have it, the name of a key. */
export function headerMembers(
  algorithm: JwtAlgorithm,
  kid: string | null,
): Record<string, string> & { alg: string } {
  return { alg: algorithm, ...(kid === null ? {} : { kid }), typ: "JWT" };
}

/** A header as a segment. */
export function headerOf(algorithm: JwtAlgorithm, kid: string | null = null): string {
  return toBase64Url(utf8(JSON.stringify(headerMembers(algorithm, kid))));
}

/** Whether what came is a text that is short enough to be looked at. */
export function isTokenLength(text: unknown): text is string {
  return typeof text === "string" && text.length <= MAX_LENGTH;
}

/** Makes the reader of tokens of one algorithm. It never throws. */
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
 * Reads a header that is not the usual one. Keys in it (`jwk`, `jku`, `x5u`, `x5c`) are never looked at, and neither is
 * what `typ` says, as in PyJWT.
 */
function kidOf(segment: string, algorithm: JwtAlgorithm): { kid: string | null } | CompactFault {
  const text = textFromBase64Url(segment);
  const members = text === null ? null : scanPythonObject(text);
  if (members === null) return "token_malformed";
  const valueOf = (name: string): unknown => {
    const raw = members.get(name);
    return raw === undefined ? undefined : parseCheckedJson(raw);
  };
  const kid = valueOf("kid");
  if (kid !== undefined && typeof kid !== "string") return "token_malformed";
  // What must be understood is not understood here; and an unencoded payload would be a second form of one token.
  if (members.has("crit") || valueOf("b64") === false) return "token_malformed";
  // The token does not choose: `none`, or HS256 with a public key as its secret, ends here.
  if (valueOf("alg") !== algorithm) return "token_wrong_algorithm";
  return { kid: kid ?? null };
}
