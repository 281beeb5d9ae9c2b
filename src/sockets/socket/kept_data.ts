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

/** What Django writes for keys and hashes: no character that JSON would escape. */
const PART = /^"([\w-]{1,128})"$/;
// No JSON has these in it.
const ID_PLACE = '"\0id"';
const HASH_PLACE = '"\0hash"';
const BETWEEN = ".";

/** As many as there are backends and versions of Django; what differs in more than that is kept whole. */
const MOST_FORMS = 64;
const forms = new Map<string, string>();

/** What is to be kept of these data. */
export function keptData(payload: SessionPayload): KeptData {
  const { text } = payload;
  const whole = { form: text, parts: "" };
  if (payload.size !== 3 || !payload.has(BACKEND_SESSION_KEY)) return whole;
  const [id, hash] = [payload.raw(SESSION_KEY) ?? "", payload.raw(HASH_SESSION_KEY) ?? ""];
  const [idPart, hashPart] = [PART.exec(id)?.[1], PART.exec(hash)?.[1]];
  if (idPart === undefined || hashPart === undefined || text.includes("\0")) return whole;
  const form = text.replace(id, ID_PLACE).replace(hash, HASH_PLACE);
  // Where both are the same text, only one place was found.
  if (!form.includes(HASH_PLACE)) return whole;
  let shared = forms.get(form);
  if (shared === undefined) {
    if (forms.size >= MOST_FORMS) return whole;
    shared = detached(form);
    forms.set(shared, shared);
  }
  return { form: shared, parts: detached(idPart + BETWEEN + hashPart) };
}

/** The data that were kept. */
export function payloadOf({ form, parts }: KeptData): SessionPayload {
  const [id = "", hash = ""] = parts.split(BETWEEN);
  const text = parts === "" ? form : form.replace(HASH_PLACE, `"${hash}"`).replace(ID_PLACE, `"${id}"`);
  return SessionPayload.fromText(text) ?? SessionPayload.EMPTY;
}
