/** Values in a form that can be compared with what the oracle says of them (`json.describe`), every bit of a number. */

/** `integer:` for a bigint, `number:` with the bits of a double, `text:`, and lists of members in the order of their keys. */
export function describeValue(value: unknown): unknown {
  switch (typeof value) {
    case "string":
      return `text:${value}`;
    case "bigint":
      // A small one comes back as a number: what Python wrote says no more.
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

/** An object by its members. */
export function describeMembers(members: readonly (readonly [string, unknown])[]): unknown {
  const sorted = members.toSorted(([a], [b]) => a < b ? -1 : 1);
  return ["dict", ...sorted.map(([key, member]) => [key, describeValue(member)])];
}

function doubleHex(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}
