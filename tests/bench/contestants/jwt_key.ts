/** Settings of the token contestants: the algorithm and the verification key. */

import process from "node:process";

/** `ALGORITHM`. */
export const ALGORITHM: "HS256" | "RS256" = process.env.BENCH_ALGORITHM === "RS256" ? "RS256" : "HS256";

/** A public key as PEM, or a shared secret. */
export const KEY: string = process.env.BENCH_KEY!;

/** The token of a request. */
export function bearerOf(request: Request): string {
  return request.headers.get("authorization")?.slice("Bearer ".length) ?? "";
}
