/** Describes values in a form comparable with the oracle's `json.describe`, down to every bit of a number. */

/** `integer:` for a bigint, `number:` with the bits of a double, `text:`, and lists of members sorted by key. */
export function describeValue(value: unknown): unknown {
  switch (typeof value) {
    case "string":
      return `text:${value}`;
    case "bigint":
      // A small one is read back as a number: Python's text does not distinguish the two.
      return Number.isSafeInteger(Number(value)) ? describeValue(Number(value)) : `integer:${value}`;
    case "number":
      return `number:${Number.isNaN(value) ? "NaN" : doubleHex(value)}`;
    case "object":
      break;
    default:
      return String(value);
  }
  if (value === null) return "null";
  if (Array.isArray(value)) return ["list", ...value.map(describeValue)];
  return describeMembers(Object.entries(value as object));
}

/** Describes an object by its members. */
export function describeMembers(members: readonly (readonly [string, unknown])[]): unknown {
  const sorted = members.toSorted(([a], [b]) => a < b ? -1 : 1);
  return ["dict", ...sorted.map(([key, member]) => [key, describeValue(member)])];
}

function doubleHex(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}
