/**
 * One change to a session, made through djauth as an application does, and described for the oracle (`json.change`).
 */

import { stringifyPythonJson } from "../../src/internal/python/json.ts";
import type { Session } from "../../src/session/session.ts";
import { jsonValue, text } from "./generate.ts";
import type { Random } from "./random.ts";

/** The path, and the new value as JSON text; without a value the member is deleted. */
export interface Change {
  path: (string | number)[];
  value: string | undefined;
}

type Container = Record<string | number, unknown>;

/** Changes, adds or deletes one member, at the top level or inside a value that the session returned. */
export function changeOne(session: Session, random: Random): Change {
  const keys = session.keys();
  const top = keys.length === 0 || random.oneIn(6) ? "a new key" : random.pick(keys);
  const path: (string | number)[] = [top];
  let parent: Container | null = null;
  let value = session.get(top);
  while (typeof value === "object" && value !== null && !random.oneIn(3)) {
    const names = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
    if (names.length === 0) break;
    parent = value as Container;
    path.push(random.pick<string | number>(names));
    value = parent[path.at(-1)!];
  }
  const last = path.at(-1)!;
  // Only the last element of an array: JavaScript cannot distinguish 1 from 1.0, so it is unknown which of them moved.
  const canDelete = Array.isArray(parent) ? last === parent.length - 1 : parent !== null || session.has(top);
  if (canDelete && random.oneIn(3)) {
    if (parent === null) session.delete(top);
    else if (Array.isArray(parent)) parent.pop();
    else delete parent[last];
    return { path, value: undefined };
  }
  const changed = random.oneIn(2) ? `changed: ${text(random)}` : { changed: jsonValue(random) };
  const json = stringifyPythonJson(changed);
  if (parent === null) session.set(top, changed);
  else {Object.defineProperty(parent, last, {
      value: changed,
      enumerable: true,
      writable: true,
      configurable: true,
    });}
  return { path, value: json };
}
