/**
 * JSON text after `json.dumps(json.loads(text), separators=(",", ":"))`, as a Python program writes a value that it
 * passes on. `json.ts`, in contrast, keeps the original text.
 */

import { PythonJsonScanner } from "./json_scanner.ts";
import { asciiJson, pythonNumberText, pythonStringText } from "./repr.ts";

/** A container in normal form, wrapped so that it is not mistaken for a scalar. */
class Normal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const BUILDER = {
  object(keys: string[], values: unknown[], texts: string[]): Normal {
    // As in a dict, a repeated key keeps its first position and takes its last value.
    const members = new Map<string, string>();
    for (const [index, key] of keys.entries()) members.set(key, normalOf(values[index], texts[index]!));
    return new Normal(`{${[...members].map(([key, text]) => `${pythonStringText(key)}:${text}`).join(",")}}`);
  },
  array(values: unknown[], texts: string[]): Normal {
    return new Normal(`[${values.map((value, index) => normalOf(value, texts[index]!)).join(",")}]`);
  },
};

/**
 * Returns the JSON text that Python writes for a value it has read.
 *
 * @throws {SyntaxError} where Python's `json.loads` raises, and beyond 1000 levels
 */
export function normalPythonJson(text: string): string {
  return normalOf(new PythonJsonScanner(text).document(BUILDER), text.trim());
}

function normalOf(value: unknown, raw: string): string {
  if (value instanceof Normal) return value.text;
  switch (typeof value) {
    case "string":
      return asciiJson(JSON.stringify(value));
    case "number":
      return isWhole(value, raw) ? `${String(value)}.0` : pythonNumberText(value);
    case "bigint":
      return pythonNumberText(value);
    default:
      return raw;
  }
}

/** Returns whether a number is a float in Python and has no fraction, so that JavaScript omits its `.0`. */
function isWhole(value: number, raw: string): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0) && /[.eE]/.test(raw);
}
