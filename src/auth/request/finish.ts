/**
 * Saves changes before a response is sent, and decides which cookies it carries: `process_response` of Django's
 * SessionMiddleware and CsrfViewMiddleware. They are added to the headers in `response_headers.ts`.
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

/** From this status on nothing is saved: the session changes of a failed request are discarded. */
const SERVER_ERROR = 500;

/** Saves changes and adds the cookies to the response; synchronously if there is nothing to save, as nearly always. */
export function finish<Row extends object>(
  state: RequestState<Row>,
  response: Response,
): Response | Promise<Response> {
  // Thrown here: later it would be an error of the runtime or a truncated response, with the session already saved.
  if (response.bodyUsed) {
    throw new TypeError(
      "The body of the response was already read: return a response with an unread body, or a clone()",
    );
  }
  // Deno ends the process on an error response from an asynchronous handler.
  if (response.status === 0) {
    throw new TypeError("Response.error() cannot be sent: return a response with a status");
  }
  const own = ownResponse(response, state.request);
  state.markFinished();
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
    // Django's SessionInterrupted: the login behind this response was ended in the meantime.
    if (error instanceof SessionError) return errorResponse(error)!;
    throw error;
  }
}

/** Returns whether {@link commitUpgrade} has anything to do. */
export function hasToCommit<Row extends object>(state: RequestState<Row>): boolean {
  return state.askedCsrf !== undefined || state.openedSession !== undefined ||
    state.openedTokens !== undefined || state.core.settings.saveEveryRequest;
}

/**
 * Saves what a handler changed while deciding about an upgrade, and returns the cookies for the 101. Nothing is cleaned
 * up: an upgrade runs alongside other requests of the page, whose newer cookie must survive.
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

/** Saves changes and returns the cookies for a response of this status. */
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
  // As with a session: the changes of a failed request are discarded.
  if (status < SERVER_ERROR) cookies.push(...await openedTokenCookies(state));
  // As in recent Django, also with one that is only sent again because of saveEveryRequest: no cache may share it.
  const varies = accessed || csrfCookie !== null || sessionCookie !== null;
  return { cookies: linesOf(cookies, state), varies };
}

function linesOf<Row extends object>(cookies: readonly SetCookie[], state: RequestState<Row>): string[] {
  state.core.hints.cookiesSent(cookies, () => state.facts);
  return cookies.map(serializeCookie);
}

/** Returns the cookies for the outcome of the tokens, if they were opened. */
async function openedTokenCookies<Row extends object>(
  { openedTokens, core: { jwt, clock } }: RequestState<Row>,
): Promise<SetCookie[]> {
  return openedTokens === undefined ? [] : await tokenCookies(await openedTokens, jwt!, clock);
}

/** Returns whether the cookie is too short for a session key: Django deletes such a cookie whenever it sees it. */
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
  // A second save could fail and lose the response that carries the new key: a password change that succeeded would be
  // reported as failed.
  if (!session.isJustStored) await session.save();
  return cookieOf(session, core);
}

/**
 * Returns whether the cookie of a missing session may be deleted. Not by a background request: while a login or a
 * password change replaces the session, its response would delete the cookie that the page has just received.
 */
function mayTidyUp<Row extends object>(state: RequestState<Row>): boolean {
  const { headers } = state.request;
  // Only browsers send Sec-Fetch-Site; other clients may send a mode too.
  const isBackground = headers.has("sec-fetch-site") && headers.get("sec-fetch-mode") !== "navigate";
  return state.hasSessionCookie && !isBackground;
}

/** Returns whether the session of the cookie is missing or has expired. */
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
