/** Numbers and strings as Python's `json.dumps` writes them. Containers live in `json.ts`. */

/** Below this exponent, and from {@link LARGE_EXPONENT} on, `repr` writes a float with an exponent. */
const SMALL_EXPONENT = -4;
const LARGE_EXPONENT = 16;

/**
 * Formats a number as Python does: a safe integer without a decimal point, anything else as `repr` of a float. A number
 * beyond 2^53 is a float, since it may already have lost digits; exact integers are bigints.
 */
export function pythonNumberText(value: number | bigint): string {
  if (typeof value === "bigint") return value.toString();
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
  return pythonFloatText(value);
}

/** Mirrors `float.__repr__`, with `NaN` and `Infinity` as `json.dumps` writes them. */
function pythonFloatText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return "-0.0";
  if (value === 0) return "0.0";
  // Both languages write the shortest digits that read back as the same float; only the layout differs.
  const [mantissa, exponentText] = value.toExponential().split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent < SMALL_EXPONENT || exponent >= LARGE_EXPONENT) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}

// Everything but printable ASCII, as in ESCAPE_ASCII of json/encoder.py, and DEL.
const UNPRINTABLE = /[\x7f-\uffff]/;
const ALL_UNPRINTABLE = /[\x7f-\uffff]/g;

/** Formats a string as `json.dumps` does: ASCII only, lone surrogates kept. */
export function pythonStringText(value: string): string {
  return asciiJson(JSON.stringify(value));
}

/**
 * Escapes everything but ASCII in JSON text, where such characters occur in strings only. Django decodes session data
 * as Latin-1: written raw, they would come back garbled.
 */
export function asciiJson(text: string): string {
  return UNPRINTABLE.test(text) ? text.replace(ALL_UNPRINTABLE, escapeUnit) : text;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
