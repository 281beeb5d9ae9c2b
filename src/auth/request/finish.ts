/**
 * What a response must carry and what is saved before it leaves: `process_response` of Django's SessionMiddleware and
 * CsrfViewMiddleware.
 */

import { titleCase } from "../../internal/python/title.ts";
import { SessionError } from "../../errors.ts";
import { expiredCookie, serializeCookie, type SetCookie } from "../../internal/cookies.ts";
import type { Session } from "../../session/session.ts";
import { hasExpired } from "../../session/store.ts";
import type { AuthCore } from "../core/core.ts";
import { leaveTokens } from "./token_cookies.ts";
import { errorResponse } from "./problem.ts";
import type { RequestState } from "./request_state.ts";
import { keepUp } from "./upkeep.ts";

/** What a response is sent with. */
export interface Departure {
  /** The lines of its Set-Cookie headers. */
  readonly cookies: readonly string[];
  /** Whether it depends on the request's cookies. */
  readonly varies: boolean;
}

const UNTOUCHED: Departure = { cookies: [], varies: false };
const READ: Departure = { cookies: [], varies: true };

/** The status of a handler's own upgrade. */
const SWITCHING_PROTOCOLS = 101;
/** From this status on nothing is saved: what a failed request did to its session is not worth keeping. */
const SERVER_ERROR = 500;

/** Saves what changed and puts the cookies on the response. */
export async function finish<Row extends object>(
  state: RequestState<Row>,
  response: Response,
): Promise<Response> {
  // Said here: later it would be the runtime's own words, or an answer that breaks off, with the session saved.
  if (response.bodyUsed) {
    throw new TypeError(
      "The body of the response was read already: answer with one that nobody has read, or a clone()",
    );
  }
  const own = ownResponse(response, state.request);
  if (state.hasOnlyRead && !state.core.settings.saveEveryRequest) return withHeaders(own, READ, state);
  try {
    const departure = await leave(state, own.status);
    return departure === UNTOUCHED ? own : withHeaders(own, departure, state);
  } catch (error) {
    if (own.status === SWITCHING_PROTOCOLS) {
      // The runtime waits for this very response: without it, Deno stops listening.
      state.core.emit({ type: "error", where: "finish", error });
      return own;
    }
    // Django's SessionInterrupted: the login that this response speaks for was ended meanwhile.
    if (error instanceof SessionError) return errorResponse(error)!;
    throw error;
  }
}

/**
 * Saves what a handler changed while it decided about an upgrade, and says which cookies go with the 101. Nothing is
 * tidied up: an upgrade runs beside other requests of the page, whose newer cookie must live.
 */
export async function leaveUpgrade<Row extends object>(state: RequestState<Row>): Promise<Departure> {
  const csrfCookie = await state.askedCsrf?.leave(false) ?? null;
  const cookies = csrfCookie === null ? [] : [csrfCookie];
  if (state.openedSession !== undefined || state.core.settings.saveEveryRequest) {
    const session = await state.session();
    const cookie = session.isEmpty() && !session.modified ? null : await leaveOpened(state, session, 101);
    if (cookie !== null) cookies.push(cookie);
  }
  return { cookies: cookies.map(serializeCookie), varies: false };
}

/** Saves what changed and says which cookies go with a response of this status. */
async function leave<Row extends object>(state: RequestState<Row>, status: number): Promise<Departure> {
  const { settings } = state.core;
  if (
    !state.accessed && state.askedCsrf === undefined && !state.hasReadTokens &&
    !settings.saveEveryRequest && !hasUselessCookie(state)
  ) {
    return UNTOUCHED;
  }
  const cookies: SetCookie[] = [];
  const csrfCookie = await state.askedCsrf?.leave(status >= SERVER_ERROR) ?? null;
  if (csrfCookie !== null) cookies.push(csrfCookie);
  const accessed = state.accessed || state.hasReadTokens;
  const sessionCookie = await leaveSession(state, status);
  if (sessionCookie !== null) cookies.push(sessionCookie);
  // As with a session: what a failed request did is not worth keeping.
  if (state.openedTokens !== undefined && status < SERVER_ERROR) {
    cookies.push(...await leaveTokens(await state.openedTokens, state.core.jwt!, state.core.clock));
  }
  // As in Django: a cookie that is only sent again with saveEveryRequest does not make the response depend on it.
  const varies = accessed || csrfCookie !== null || sessionCookie?.maxAge === 0;
  return { cookies: cookies.map(serializeCookie), varies };
}

/** A cookie that is too short to be a session's, which Django deletes wherever it meets it. */
function hasUselessCookie<Row extends object>(state: RequestState<Row>): boolean {
  return state.sessionKey === null && state.hasSessionCookie;
}

async function leaveSession<Row extends object>(
  state: RequestState<Row>,
  status: number,
): Promise<SetCookie | null> {
  const { core } = state;
  const isEnded = status < SERVER_ERROR && await keepUp(state);
  if (state.openedSession === undefined && !core.settings.saveEveryRequest) {
    const isGone = state.sessionKey === null || state.accessed && await hasEnded(state);
    return isEnded || isGone && mayTidyUp(state) ? deletedCookie(core) : null;
  }
  const session = await state.session();
  if (session.isEmpty() && !session.modified && !isEnded && !mayTidyUp(state)) return null;
  return await leaveOpened(state, session, status);
}

async function leaveOpened<Row extends object>(
  state: RequestState<Row>,
  session: Session,
  status: number,
): Promise<SetCookie | null> {
  const { core } = state;
  if (session.isEmpty()) return state.hasSessionCookie ? deletedCookie(core) : null;
  if (!session.modified && !core.settings.saveEveryRequest || status >= SERVER_ERROR) return null;
  await session.save();
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

/** The request that a response was first returned to: for that one alone its headers are changed. */
const OWNERS = new WeakMap<Response, Request>();
/** What a response was before cookies were put on it. */
const UNMARKED = new WeakMap<Response, Headers>();

/**
 * A response without a body can be returned again and again, also to several visitors at one moment: one's cookies must
 * not go out to the next, so that all but the first get a copy.
 */
function ownResponse(response: Response, request: Request): Response {
  const owner = OWNERS.get(response);
  if (owner === undefined) OWNERS.set(response, request);
  if (owner === undefined || owner === request || response.status === SWITCHING_PROTOCOLS) return response;
  const headers = UNMARKED.get(response) ?? response.headers;
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/** The response with more headers; a copy that streams the same body where its headers cannot be changed. */
function withHeaders<Row extends object>(
  response: Response,
  departure: Departure,
  { core }: RequestState<Row>,
): Response {
  // A shared cache may keep what a stranger was answered, and must not give it to whoever has a token.
  const header = core.jwt?.transport.precedence.includes("header") ? core.jwt.transport.headerName : null;
  const varying = header === null ? ["Cookie"] : [titleCase(header), "Cookie"];
  try {
    if (departure.cookies.length > 0 && !UNMARKED.has(response)) {
      UNMARKED.set(response, new Headers(response.headers));
    }
    applyTo(response.headers, departure, varying);
    return response;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const copy = new Response(response.body, response);
    applyTo(copy.headers, departure, varying);
    return copy;
  }
}

/** Adds the cookies and Django's `patch_vary_headers(response, ("Cookie",))`. */
function applyTo(headers: Headers, departure: Departure, varying: readonly string[]): void {
  if (departure.varies) patchVary(headers, varying);
  for (const cookie of departure.cookies) headers.append("set-cookie", cookie);
}

function patchVary(headers: Headers, varying: readonly string[]): void {
  const vary = headers.get("vary");
  const names = vary?.split(",").map((name) => name.trim().toLowerCase()) ?? [];
  if (names.includes("*")) return;
  const missing = varying.filter((name) => !names.includes(name.toLowerCase()));
  if (missing.length > 0) headers.set("vary", [...vary === null ? [] : [vary], ...missing].join(", "));
}
