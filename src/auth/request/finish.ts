/**
 * What is saved before a response is sent, and which cookies it carries: `process_response` of Django's SessionMiddleware
 * and CsrfViewMiddleware. How they get into its headers is in `response_headers.ts`.
 */

import { SessionError } from "../../errors.ts";
import { expiredCookie, serializeCookie, type SetCookie } from "../../internal/cookies.ts";
import type { Session } from "../../session/session.ts";
import { hasExpired } from "../../session/store.ts";
import type { AuthCore } from "../core/core.ts";
import { tokenCookies } from "./token_cookies.ts";
import { errorResponse } from "./problem.ts";
import type { RequestState } from "./request_state.ts";
import { ownResponse, type ResponseCookies, SWITCHING_PROTOCOLS, withCookies } from "./response_headers.ts";
import { runDeferredWrites } from "./deferred_writes.ts";

const UNTOUCHED: ResponseCookies = { cookies: [], varies: false };
const READ: ResponseCookies = { cookies: [], varies: true };

/** From this status on nothing is saved: what a failed request did to its session is not worth keeping. */
const SERVER_ERROR = 500;

/** Saves what changed and puts the cookies on the response; at once where nothing is to be saved, as nearly always. */
export function finish<Row extends object>(
  state: RequestState<Row>,
  response: Response,
): Response | Promise<Response> {
  // Said here: later it would be the runtime's own words, or an answer that breaks off, with the session saved.
  if (response.bodyUsed) {
    throw new TypeError(
      "The body of the response was read already: answer with one that has not been read, or a clone()",
    );
  }
  // Deno ends the process over an error response of an asynchronous handler.
  if (response.status === 0) throw new TypeError("Response.error() cannot be sent: answer with a status");
  const own = ownResponse(response, state.request);
  state.finished();
  if (state.hasOnlyRead && !state.core.settings.saveEveryRequest) {
    return withCookies(own, READ, state.core.varying);
  }
  return finishChanged(state, own);
}

async function finishChanged<Row extends object>(
  state: RequestState<Row>,
  response: Response,
): Promise<Response> {
  try {
    const sent = await commit(state, response.status);
    return sent === UNTOUCHED ? response : withCookies(response, sent, state.core.varying);
  } catch (error) {
    if (response.status === SWITCHING_PROTOCOLS) {
      // The runtime waits for this very response: without it, Deno stops listening.
      state.core.emit({ type: "error", where: "finish", error });
      return response;
    }
    // Django's SessionInterrupted: the login that this response speaks for was ended meanwhile.
    if (error instanceof SessionError) return errorResponse(error)!;
    throw error;
  }
}

/** Whether {@link commitUpgrade} has anything to do. */
export function hasToCommit<Row extends object>(state: RequestState<Row>): boolean {
  return state.askedCsrf !== undefined || state.openedSession !== undefined ||
    state.openedTokens !== undefined || state.core.settings.saveEveryRequest;
}

/**
 * Saves what a handler changed while it decided about an upgrade, and says which cookies go with the 101. Nothing is
 * tidied up: an upgrade runs beside other requests of the page, whose newer cookie must live.
 */
export async function commitUpgrade<Row extends object>(state: RequestState<Row>): Promise<ResponseCookies> {
  const csrfCookie = await state.askedCsrf?.cookie(false) ?? null;
  const cookies = csrfCookie === null ? [] : [csrfCookie];
  if (state.openedSession !== undefined || state.core.settings.saveEveryRequest) {
    const session = await state.session();
    const cookie = session.isEmpty() && !session.modified
      ? null
      : await commitOpened(state, session, SWITCHING_PROTOCOLS);
    if (cookie !== null) cookies.push(cookie);
  }
  cookies.push(...await openedTokenCookies(state));
  return { cookies: linesOf(cookies, state), varies: false };
}

/** Saves what changed and says which cookies go with a response of this status. */
async function commit<Row extends object>(
  state: RequestState<Row>,
  status: number,
): Promise<ResponseCookies> {
  const { settings } = state.core;
  if (
    !state.accessed && state.askedCsrf === undefined && !state.hasReadTokens &&
    !settings.saveEveryRequest && !hasUselessCookie(state)
  ) {
    return UNTOUCHED;
  }
  const cookies: SetCookie[] = [];
  const csrfCookie = await state.askedCsrf?.cookie(status >= SERVER_ERROR) ?? null;
  if (csrfCookie !== null) cookies.push(csrfCookie);
  const accessed = state.accessed || state.hasReadTokens;
  const sessionCookie = await commitSession(state, status);
  if (sessionCookie !== null) cookies.push(sessionCookie);
  // As with a session: what a failed request did is not worth keeping.
  if (status < SERVER_ERROR) cookies.push(...await openedTokenCookies(state));
  // As in Django: a cookie that is only sent again with saveEveryRequest does not make the response depend on it.
  const varies = accessed || csrfCookie !== null || sessionCookie?.maxAge === 0;
  return { cookies: linesOf(cookies, state), varies };
}

function linesOf<Row extends object>(cookies: readonly SetCookie[], state: RequestState<Row>): string[] {
  state.core.hints.cookiesSent(cookies, () => state.facts);
  return cookies.map(serializeCookie);
}

/** The cookies for what became of the tokens, where they were opened. */
async function openedTokenCookies<Row extends object>(
  { openedTokens, core: { jwt, clock } }: RequestState<Row>,
): Promise<SetCookie[]> {
  return openedTokens === undefined ? [] : await tokenCookies(await openedTokens, jwt!, clock);
}

/** A cookie that is too short to be a session's, which Django deletes wherever it meets it. */
function hasUselessCookie<Row extends object>(state: RequestState<Row>): boolean {
  return state.sessionKey === null && state.hasSessionCookie;
}

async function commitSession<Row extends object>(
  state: RequestState<Row>,
  status: number,
): Promise<SetCookie | null> {
  const { core } = state;
  const isEnded = status < SERVER_ERROR && await runDeferredWrites(state);
  if (state.openedSession === undefined && !core.settings.saveEveryRequest) {
    const isGone = state.sessionKey === null || state.accessed && await hasEnded(state);
    return isEnded || isGone && mayTidyUp(state) ? deletedCookie(core) : null;
  }
  const session = await state.session();
  if (session.isEmpty() && !session.modified && !isEnded && !mayTidyUp(state)) return null;
  return await commitOpened(state, session, status);
}

async function commitOpened<Row extends object>(
  state: RequestState<Row>,
  session: Session,
  status: number,
): Promise<SetCookie | null> {
  const { core } = state;
  if (session.isEmpty()) return state.hasSessionCookie ? deletedCookie(core) : null;
  if (!session.modified && !core.settings.saveEveryRequest || status >= SERVER_ERROR) return null;
  // Saved once more, it could fail, and the response that has its new key would be lost: a change of the password whose
  // author is told that there was none.
  if (!session.isJustStored) await session.save();
  return cookieOf(session, core);
}

/**
 * Whether a cookie that names no session may be deleted. Not by a request in the background: while a login or a change
 * of the password replaces the session, its answer would delete the cookie that the page has just been given.
 */
function mayTidyUp<Row extends object>(state: RequestState<Row>): boolean {
  const { headers } = state.request;
  // Only browsers send the site; other clients may send a mode as well.
  const isBackground = headers.has("sec-fetch-site") && headers.get("sec-fetch-mode") !== "navigate";
  return state.hasSessionCookie && !isBackground;
}

/** Whether the session that the cookie names is not there, or not any more. */
async function hasEnded<Row extends object>(state: RequestState<Row>): Promise<boolean> {
  const stored = await state.stored();
  return stored === null || hasExpired(stored, state.core.clock);
}

function deletedCookie<Row extends object>({ settings: { sessionCookie } }: AuthCore<Row>): SetCookie {
  return expiredCookie(sessionCookie.name, sessionCookie);
}

function cookieOf<Row extends object>(session: Session, core: AuthCore<Row>): SetCookie {
  const cookie = { ...core.settings.sessionCookie, value: session.sessionKey! };
  if (session.getExpireAtBrowserClose()) return cookie;
  const maxAge = session.getExpiryAge();
  return { ...cookie, maxAge, expires: new Date(core.clock.now() + maxAge * 1000) };
}
