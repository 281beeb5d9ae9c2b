/** The part of a Cookie header that djauth and Django parse alike; djauth is stricter about the rest. */

import { pythonStrip } from "../../../src/internal/python/strip.ts";

/** The header without the cookies whose names are surrounded by whitespace that only Python strips. */
export function withPlainNames(header: string): string {
  const isPlain = (chunk: string): boolean => {
    const name = chunk.slice(0, Math.max(chunk.indexOf("="), 0));
    return name.replace(/^[ \t]+|[ \t]+$/g, "") === pythonStrip(name);
  };
  return header.split(";").filter(isPlain).join(";");
}
