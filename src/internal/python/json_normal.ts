/**
 * JSON text as Python has it after `json.dumps(json.loads(text), separators=(",", ":"))`: what a program in Python
 * writes when it passes a value on. Unlike `json.ts`, which keeps the text that was read.
 */

import { PythonJsonScanner } from "./json_scanner.ts";
import { asciiJson, pythonNumberText, pythonStringText } from "./repr.ts";

/** A container in its normal form, so that it is not taken for a scalar. */
class Normal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const BUILDER = {
  object(keys: string[], values: unknown[], texts: string[]): Normal {
    // As in a dict, a repeated key has its first place and its last value.
    const members = new Map<string, string>();
    for (const [index, key] of keys.entries()) members.set(key, normalOf(values[index], texts[index]!));
    return new Normal(`{${[...members].map(([key, text]) => `${pythonStringText(key)}:${text}`).join(",")}}`);
  },
  array(values: unknown[], texts: string[]): Normal {
    return new Normal(`[${values.map((value, index) => normalOf(value, texts[index]!)).join(",")}]`);
  },
};

/**
 * The text that Python writes for a value that it read.
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

/** Whether a number is a float for Python and has no fraction, which JavaScript does not write. */
function isWhole(value: number, raw: string): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0) && /[.eE]/.test(raw);
}
