/** The responses of simplejwt's views, as Django REST framework makes them: status, headers and JSON, to the byte. */

import { isWellFormed } from "../../internal/bytes.ts";
import { asciiJson } from "../../internal/python/repr.ts";

/** A refusal in one sentence, and simplejwt's code where it has one. */
export interface Detail {
  readonly detail: string;
  readonly code?: string;
}

/** Makes the responses of one service of tokens. */
export interface Answers {
  /** 200. */
  ok(body: object): Response;
  /** 400: what is wrong with the body, by the name of a field. */
  invalid(errors: Readonly<Record<string, readonly string[]>>): Response;
  /** 401, with the challenge. */
  unauthorized(body: Detail): Response;
  /** Any other refusal. */
  refused(status: number, detail: string): Response;
}

/** What every response of these views carries. */
const HEADERS = { "content-type": "application/json", "vary": "Accept", "allow": "POST, OPTIONS" };

/**
 * Makes the responses.
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
  // What is not ASCII is left as it is, as by REST framework; half a character would have no UTF-8.
  const text = JSON.stringify(body);
  return new Response(isWellFormed(text) ? text : asciiJson(text), {
    status,
    headers: { ...HEADERS, ...headers },
  });
}
