/** Types of the questions to the oracle and of its answers; the client is in `oracle.ts`. */

/** Changes to Django's settings and clock for the duration of one question. */
export interface Conditions {
  /** Settings under Django's names, such as `{ SECRET_KEY: "…" }`. */
  settings?: Record<string, unknown>;
  /** Django's current time, in seconds since the epoch. */
  now?: number;
}

/** One question of a batch. */
export interface Question extends Conditions {
  op: string;
  args?: object;
}

/** Django's answer: a value, or the name of the exception that it raised. */
export type Answer = { ok: unknown; error?: undefined } | { error: { type: string; message: string } };

/** A row of the user table; columns without a JSON type are text. */
export interface OracleUser {
  pk: string;
  username: string;
  columns: Record<string, string | number | boolean | null>;
}

/** A Django response. */
export interface OracleResponse {
  status: number;
  headers: Record<string, string>;
  set_cookies: string[];
  body: string;
}

/** A response, and the browser's cookies after it: as pairs and as a Cookie header. */
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

/** A request for the CSRF and host questions. */
export interface OracleRequest {
  method?: string;
  secure?: boolean;
  headers?: Record<string, string>;
  cookies?: Record<string, string>;
  session?: Record<string, string>;
  form?: Record<string, string>;
}

/** Options of signing. */
export interface SigningOptions {
  key?: string;
  fallback_keys?: string[];
  salt?: string;
  sep?: string;
  algorithm?: string;
}

/** Options of `response.set_cookie()`. */
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
