/** What the questions to the oracle are made of, and their answers; the client is in `oracle.ts`. */

/** Changes to Django's settings and clock for the length of one question. */
export interface Conditions {
  /** Settings under Django's names, such as `{ SECRET_KEY: "…" }`. */
  settings?: Record<string, unknown>;
  /** The time that Django believes, in seconds since the epoch. */
  now?: number;
}

/** One question of a batch. */
export interface Question extends Conditions {
  op: string;
  args?: object;
}

/** What Django answered: a value, or the name of the exception that it raised. */
export type Answer = { ok: unknown; error?: undefined } | { error: { type: string; message: string } };

/** A row of the user table; columns that JSON has no type for are text. */
export interface OracleUser {
  pk: string;
  username: string;
  columns: Record<string, string | number | boolean | null>;
}

/** A response of Django's. */
export interface OracleResponse {
  status: number;
  headers: Record<string, string>;
  set_cookies: string[];
  body: string;
}

/** A response, and what a browser's cookies are after it: as pairs and as a Cookie header. */
export interface OracleVisit extends OracleResponse {
  cookies: Record<string, string>;
  cookie: string;
}

/** A response of `/whoami/`; `session` is JSON text. */
export interface OracleIdentity extends OracleResponse {
  user: { pk: string; username: string } | null;
  session_key: string | null;
  session: string;
}

/** A row of `django_session`; `json` is its data as JSON text. */
export interface OracleSession {
  session_key: string;
  session_data: string;
  expire_date: string;
  json: string;
}

/** A request as the CSRF and host questions take it. */
export interface OracleRequest {
  method?: string;
  secure?: boolean;
  headers?: Record<string, string>;
  cookies?: Record<string, string>;
  session?: Record<string, string>;
  form?: Record<string, string>;
}

/** How a value is signed. */
export interface SigningOptions {
  key?: string;
  fallback_keys?: string[];
  salt?: string;
  sep?: string;
  algorithm?: string;
}

/** What a cookie is set with, as `response.set_cookie()` takes it. */
export interface CookieOptions {
  max_age?: number;
  expires?: string;
  path?: string;
  domain?: string;
  secure?: boolean;
  httponly?: boolean;
  samesite?: string;
}

/** A user's primary key. */
export type Pk = string | number;
