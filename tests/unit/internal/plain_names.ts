/** Where reading a Cookie header is stricter here than in Django: what is left is read alike. */

import { pythonStrip } from "../../../src/internal/python/strip.ts";

/** The header without the cookies around whose names is space that only Python knows. */
export function withPlainNames(header: string): string {
  const isPlain = (chunk: string): boolean => {
    const name = chunk.slice(0, Math.max(chunk.indexOf("="), 0));
    return name.replace(/^[ \t]+|[ \t]+$/g, "") === pythonStrip(name);
  };
  return header.split(";").filter(isPlain).join(";");
}
