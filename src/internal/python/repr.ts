/** Numbers and strings as Python's `json.dumps` writes them. Containers live in `json.ts`. */

/** Below this exponent, and from {@link LARGE_EXPONENT} on, `repr` of a float has an exponent. */
const SMALL_EXPONENT = -4;
const LARGE_EXPONENT = 16;

/**
 * A number as Python writes it: a safe integer without a point, anything else as `repr` of a float. A number beyond
 * 2^53 is a float, since it may already have lost digits; what must be exact is a bigint.
 */
export function pythonNumberText(value: number | bigint): string {
  if (typeof value === "bigint") return value.toString();
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
  return pythonFloatText(value);
}

/** `float.__repr__`, with `NaN` and `Infinity` as `json.dumps` has them. */
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

// What is not printable ASCII, DEL included, as in ESCAPE_ASCII of json/encoder.py.
const UNPRINTABLE = /[\x7f-\uffff]/;
const ALL_UNPRINTABLE = /[\x7f-\uffff]/g;

/** A string as `json.dumps` writes it: ASCII only, lone surrogates as they are. */
export function pythonStringText(value: string): string {
  return asciiJson(JSON.stringify(value));
}

/**
 * The same JSON text in ASCII. What is not ASCII can stand in strings only, and Django decodes session data as latin-1:
 * written raw it would come back broken.
 */
export function asciiJson(text: string): string {
  return UNPRINTABLE.test(text) ? text.replace(ALL_UNPRINTABLE, escapeUnit) : text;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
