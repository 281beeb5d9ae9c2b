/** The responses of simplejwt's views, byte for byte as from Django REST framework: status, headers and JSON. */

import { isWellFormed } from "../../internal/bytes.ts";
import { asciiJson } from "../../internal/python/repr.ts";

/** A refusal in one sentence, with simplejwt's code if it has one. */
export interface Detail {
  readonly detail: string;
  readonly code?: string;
}

/** Creates the responses of one token service. */
export interface Answers {
  /** Returns a 200. */
  ok(body: object): Response;
  /** Returns a 400 with what is wrong with the body, by field name. */
  invalid(errors: Readonly<Record<string, readonly string[]>>): Response;
  /** Returns a 401 with the challenge. */
  unauthorized(body: Detail): Response;
  /** Returns any other refusal. */
  refused(status: number, detail: string): Response;
}

/** The headers of every response of these views. */
const HEADERS = { "content-type": "application/json", "vary": "Accept", "allow": "POST, OPTIONS" };

/**
 * Creates the {@link Answers}.
 *
 * @param challenge the WWW-Authenticate header of a 401
 */
export function createAnswers(challenge: string): Answers {
  return {
    ok: (body) => json(200, body),
    invalid: (errors) => json(400, errors),
    unauthorized: (body) => json(401, body, { "www-authenticate": challenge }),
    refused: (status, detail) => json(status, { detail }),
  };
}

function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response {
  // Non-ASCII characters are not escaped, as in REST framework, except lone surrogates, which have no UTF-8.
  const text = JSON.stringify(body);
  return new Response(isWellFormed(text) ? text : asciiJson(text), {
    status,
    headers: { ...HEADERS, ...headers },
  });
}
