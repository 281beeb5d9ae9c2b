/**
 * The compact form of session data, for code that keeps those of many sessions. Nearly all hold only a login, so that
 * their JSON differs only in the user id and the hash: the text around these two places, the form, is kept once.
 */

import { detached } from "../internal/bytes.ts";
import { BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY } from "./auth_keys.ts";

/** A form and the parts for its two places; or the whole JSON and `""`. */
export interface CompactData {
  readonly form: string;
  readonly parts: string;
}

/** A form, and the strings around its two places. */
interface Form {
  readonly text: string;
  readonly head: string;
  readonly middle: string;
  readonly tail: string;
  readonly isIdFirst: boolean;
}

/** The user ids and hashes that Django writes: without characters that JSON would escape. */
const PART = /^"[\w-]{1,128}"$/;
// JSON cannot contain these.
const ID_PLACE = '"\0id"';
const HASH_PLACE = '"\0hash"';
const BETWEEN = ".";

/** Enough for every backend and version of Django; data that does not fit a form is kept whole. */
const MAX_FORMS = 64;
const forms = new Map<string, Form>();
/** The form of the last login, nearly always that of the next. */
let lastForm: Form | undefined;

/**
 * Returns the compact form of data.
 *
 * @param members the JSON text of each value
 * @param text the whole JSON
 */
export function compactData(members: ReadonlyMap<string, string>, text: string): CompactData {
  const whole = { form: text, parts: "" };
  if (members.size !== 3 || !members.has(BACKEND_SESSION_KEY)) return whole;
  const id = members.get(SESSION_KEY) ?? "";
  const hash = members.get(HASH_SESSION_KEY) ?? "";
  if (!PART.test(id) || !PART.test(hash)) return whole;
  const form = lastForm !== undefined && hasForm(text, lastForm, id, hash)
    ? lastForm
    : formOf(text, id, hash);
  if (form === null) return whole;
  lastForm = form;
  return { form: form.text, parts: detached(id.slice(1, -1) + BETWEEN + hash.slice(1, -1)) };
}

/**
 * Returns whether `text` is this form with these parts, without allocations: this runs for all data that the codec has
 * not cached.
 */
function hasForm(text: string, { head, middle, tail, isIdFirst }: Form, id: string, hash: string): boolean {
  const first = isIdFirst ? id : hash;
  const second = isIdFirst ? hash : id;
  const middleStart = head.length + first.length;
  const secondStart = middleStart + middle.length;
  return text.length === secondStart + second.length + tail.length &&
    text.startsWith(head) && text.startsWith(first, head.length) &&
    text.startsWith(middle, middleStart) && text.startsWith(second, secondStart) && text.endsWith(tail);
}

/** Returns the form of `text`; `null` where it has none, or a new one beyond {@link MAX_FORMS}. */
function formOf(text: string, id: string, hash: string): Form | null {
  if (text.includes("\0")) return null;
  const shape = text.replace(id, ID_PLACE).replace(hash, HASH_PLACE);
  // Where both parts are equal, only one place was found.
  if (!shape.includes(HASH_PLACE)) return null;
  const known = forms.get(shape);
  if (known !== undefined || forms.size >= MAX_FORMS) return known ?? null;
  const form = detached(shape);
  const isIdFirst = form.indexOf(ID_PLACE) < form.indexOf(HASH_PLACE);
  const [before = "", after = ""] = form.split(isIdFirst ? ID_PLACE : HASH_PLACE);
  const [middle = "", tail = ""] = after.split(isIdFirst ? HASH_PLACE : ID_PLACE);
  const made = { text: form, head: before, middle, tail, isIdFirst };
  forms.set(form, made);
  return made;
}

/** Returns the whole JSON of a compact form. */
export function expandedText({ form, parts }: CompactData): string {
  if (parts === "") return form;
  const [id = "", hash = ""] = parts.split(BETWEEN);
  return form.replace(HASH_PLACE, `"${hash}"`).replace(ID_PLACE, `"${id}"`);
}
