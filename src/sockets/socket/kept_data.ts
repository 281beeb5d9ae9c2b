/**
 * The data of a session as a socket keeps them. Nearly all sessions of a site hold a login and nothing else, so that their texts
 * differ in the user and the hash alone: what they have in common is kept once, for all sockets.
 */

import { detached } from "../../internal/bytes.ts";
import { BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY } from "../../session/auth_keys.ts";
import { SessionPayload } from "../../session/payload.ts";

/** A text and what stands in it in two places; or a whole text, and nothing. */
export interface KeptData {
  readonly form: string;
  readonly parts: string;
}

/** A form, and the texts around its two places. */
interface Form {
  readonly text: string;
  readonly head: string;
  readonly middle: string;
  readonly tail: string;
  readonly isIdFirst: boolean;
}

/** What Django writes for keys and hashes: no character that JSON would escape. */
const PART = /^"[\w-]{1,128}"$/;
// No JSON has these in it.
const ID_PLACE = '"\0id"';
const HASH_PLACE = '"\0hash"';
const BETWEEN = ".";

/** As many as there are backends and versions of Django; what differs in more than that is kept whole. */
const MOST_FORMS = 64;
const forms = new Map<string, Form>();
/** That of the login before, which nearly always is that of the next. */
let lastForm: Form | undefined;

/** What is to be kept of these data. */
export function keptData(payload: SessionPayload): KeptData {
  const { text } = payload;
  const whole = { form: text, parts: "" };
  if (payload.size !== 3 || !payload.has(BACKEND_SESSION_KEY)) return whole;
  const id = payload.raw(SESSION_KEY) ?? "";
  const hash = payload.raw(HASH_SESSION_KEY) ?? "";
  if (!PART.test(id) || !PART.test(hash)) return whole;
  const form = lastForm !== undefined && hasForm(text, lastForm, id, hash)
    ? lastForm
    : formOf(text, id, hash);
  if (form === null) return whole;
  lastForm = form;
  return { form: form.text, parts: detached(id.slice(1, -1) + BETWEEN + hash.slice(1, -1)) };
}

/** Whether a text is this form with these in its places. Every upgrade comes along here: nothing is made to find out. */
function hasForm(text: string, { head, middle, tail, isIdFirst }: Form, id: string, hash: string): boolean {
  const [first, second] = isIdFirst ? [id, hash] : [hash, id];
  const middleStart = head.length + first.length;
  const secondStart = middleStart + middle.length;
  return text.length === secondStart + second.length + tail.length &&
    text.startsWith(head) && text.startsWith(first, head.length) &&
    text.startsWith(middle, middleStart) && text.startsWith(second, secondStart) && text.endsWith(tail);
}

/** The form of a text; `null` where it has none, or one more than are kept. */
function formOf(text: string, id: string, hash: string): Form | null {
  if (text.includes("\0")) return null;
  const shape = text.replace(id, ID_PLACE).replace(hash, HASH_PLACE);
  // Where both are the same text, only one place was found.
  if (!shape.includes(HASH_PLACE)) return null;
  const known = forms.get(shape);
  if (known !== undefined || forms.size >= MOST_FORMS) return known ?? null;
  const form = detached(shape);
  const isIdFirst = form.indexOf(ID_PLACE) < form.indexOf(HASH_PLACE);
  const [before = "", after = ""] = form.split(isIdFirst ? ID_PLACE : HASH_PLACE);
  const [middle = "", tail = ""] = after.split(isIdFirst ? HASH_PLACE : ID_PLACE);
  const made = { text: form, head: before, middle, tail, isIdFirst };
  forms.set(form, made);
  return made;
}

/** The data that were kept. */
export function payloadOf({ form, parts }: KeptData): SessionPayload {
  const [id = "", hash = ""] = parts.split(BETWEEN);
  const text = parts === "" ? form : form.replace(HASH_PLACE, `"${hash}"`).replace(ID_PLACE, `"${id}"`);
  return SessionPayload.fromText(text) ?? SessionPayload.EMPTY;
}
