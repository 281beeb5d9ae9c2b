/**
 * The client of the oracle: questions to a real Django, with typed answers. They are answered by
 * `django_project/oracle/operations/`; each method has the name and the arguments of an operation there.
 */

import process from "node:process";
import { OracleError } from "./oracle_error.ts";
import type {
  Answer,
  Conditions,
  CookieOptions,
  OracleIdentity,
  OracleRequest,
  OracleResponse,
  OracleSession,
  OracleUser,
  OracleVisit,
  Pk,
  Question,
  SigningOptions,
} from "./oracle_types.ts";

/** A running oracle. */
export class Oracle {
  /** Where Django listens; its login page is at `/accounts/login/`, its admin at `/admin/`. */
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Asks a list of questions in one request; exceptions are returned as answers. */
  async batch(questions: readonly Question[]): Promise<Answer[]> {
    const response = await fetch(`${this.url}/oracle/`, { method: "POST", body: JSON.stringify(questions) });
    if (!response.ok) throw new Error(`the oracle answered ${response.status}: ${await response.text()}`);
    return await response.json() as Answer[];
  }

  /** Asks one question. @throws {OracleError} Django raised an exception */
  async ask<Result>(op: string, args: object = {}, conditions: Conditions = {}): Promise<Result> {
    const [answer] = await this.batch([{ op, args, ...conditions }]);
    if (answer === undefined) throw new Error("the oracle did not answer");
    if (answer.error !== undefined) throw new OracleError(op, answer.error.type, answer.error.message);
    return answer.ok as Result;
  }

  saltedHmac(args: { key_salt: string; value: string; secret: string; algorithm?: string }): Promise<string> {
    return this.ask("salted_hmac", args);
  }

  sign(args: SigningOptions & { value: string }): Promise<string> {
    return this.ask("signer.sign", args);
  }

  unsign(args: SigningOptions & { signed_value: string }): Promise<string> {
    return this.ask("signer.unsign", args);
  }

  signTimestamp(args: SigningOptions & { value: string }, conditions?: Conditions): Promise<string> {
    return this.ask("timestamp_signer.sign", args, conditions);
  }

  unsignTimestamp(
    args: SigningOptions & { signed_value: string; max_age?: number },
    conditions?: Conditions,
  ): Promise<string> {
    return this.ask("timestamp_signer.unsign", args, conditions);
  }

  dumps(
    args: { json: string; key?: string; salt?: string; compress?: boolean },
    conditions?: Conditions,
  ): Promise<string> {
    return this.ask("signing.dumps", args, conditions);
  }

  /** Returns JSON text. */
  loads(
    args: { signed: string; key?: string; fallback_keys?: string[]; salt?: string; max_age?: number },
    conditions?: Conditions,
  ): Promise<string> {
    return this.ask("signing.loads", args, conditions);
  }

  encodeSession(json: string, salt?: string, conditions?: Conditions): Promise<string> {
    return this.ask("session.encode", { json, salt }, conditions);
  }

  /** Returns JSON text; `{}` for data that Django refuses. */
  decodeSession(sessionData: string, salt?: string, conditions?: Conditions): Promise<string> {
    return this.ask("session.decode", { session_data: sessionData, salt }, conditions);
  }

  /** `options` takes the parameters of the hasher's `encode`: `{ iterations: 1000 }`. */
  makePassword(
    password: string | null,
    options: { salt?: string; hasher?: string; iterations?: number } = {},
  ): Promise<string> {
    return this.ask("password.make", { password, ...options });
  }

  checkPassword(password: string, encoded: string): Promise<boolean> {
    return this.ask("password.check", { password, encoded });
  }

  passwordMustUpdate(encoded: string): Promise<boolean> {
    return this.ask("password.must_update", { encoded });
  }

  /** The session auth hash that belongs to an encoded password. */
  sessionHash(encoded: string, conditions?: Conditions): Promise<string> {
    return this.ask("password.session_hash", { encoded }, conditions);
  }

  /** Creates a user; `password` is the raw one, and without it the user's password is unusable. */
  createUser(columns: { password?: string; [column: string]: unknown }): Promise<OracleUser> {
    return this.ask("user.create", columns);
  }

  getUser(user: Pk): Promise<OracleUser | null> {
    return this.ask("user.get", { user });
  }

  findUser(username: string): Promise<OracleUser | null> {
    return this.ask("user.find", { username });
  }

  /** Writes columns unchanged; `password` is the encoded one. */
  updateUser(user: Pk, columns: Record<string, unknown>): Promise<OracleUser> {
    return this.ask("user.update", { user, columns });
  }

  setPassword(user: Pk, password: string | null): Promise<OracleUser> {
    return this.ask("user.set_password", { user, password });
  }

  deleteUser(user: Pk): Promise<null> {
    return this.ask("user.delete", { user });
  }

  /** The current result of `user.get_session_auth_hash()`. */
  userSessionHash(user: Pk, conditions?: Conditions): Promise<string> {
    return this.ask("user.session_hash", { user }, conditions);
  }

  /** The result of Django's `authenticate()`, which may rehash the password. */
  authenticate(username: string, password: string): Promise<OracleUser | null> {
    return this.ask("user.authenticate", { username, password });
  }

  /** Creates a stored session, optionally with a logged-in user; returns its key. */
  createSession(
    args: { user?: Pk; json?: string; expiry?: number } = {},
    conditions?: Conditions,
  ): Promise<string> {
    return this.ask("session.create", args, conditions);
  }

  readSession(sessionKey: string, conditions?: Conditions): Promise<OracleSession | null> {
    return this.ask("session.read", { session_key: sessionKey }, conditions);
  }

  /** The session data that a request with this key gets, as JSON text. */
  loadSession(sessionKey: string, conditions?: Conditions): Promise<string> {
    return this.ask("session.load", { session_key: sessionKey }, conditions);
  }

  /** Changes a stored session as a view of Django's would. */
  setSession(
    sessionKey: string,
    changes: { json?: string; delete?: string[]; expiry?: number },
    conditions?: Conditions,
  ): Promise<null> {
    return this.ask("session.set", { session_key: sessionKey, ...changes }, conditions);
  }

  /** Writes a row with any text as its data; `lifetime` in seconds may be negative. */
  writeRawSession(sessionKey: string, sessionData: string, lifetime?: number): Promise<null> {
    return this.ask("session.write_raw", { session_key: sessionKey, session_data: sessionData, lifetime });
  }

  deleteSession(sessionKey: string): Promise<null> {
    return this.ask("session.delete", { session_key: sessionKey });
  }

  sessionExists(sessionKey: string): Promise<boolean> {
    return this.ask("session.exists", { session_key: sessionKey });
  }

  /** Makes a session expire a minute ago. */
  expireSession(sessionKey: string): Promise<number> {
    return this.ask("session.expire", { session_key: sessionKey });
  }

  /** `manage.py clearsessions`; these sessions expire in the same transaction. */
  clearExpired(sessionKeys: readonly string[] = []): Promise<null> {
    return this.ask("session.clear_expired", { session_keys: sessionKeys });
  }

  /** One request through all of Django. */
  request(
    args: {
      path: string;
      method?: string;
      headers?: Record<string, string>;
      body?: string;
      secure?: boolean;
    },
    conditions?: Conditions,
  ): Promise<OracleResponse> {
    return this.ask("request", args, conditions);
  }

  /** The `request.user` for a Cookie header. */
  whoami(cookie: string | null, conditions?: Conditions): Promise<OracleIdentity> {
    return this.ask("whoami", { cookie }, conditions);
  }

  /** Logs in at the login page, in addition to the cookies that the browser already has. */
  login(username: string, password: string, cookie?: string, conditions?: Conditions): Promise<OracleVisit> {
    return this.ask("login", { username, password, cookie }, conditions);
  }

  logout(cookie: string, conditions?: Conditions): Promise<OracleVisit> {
    return this.ask("logout", { cookie }, conditions);
  }

  /** Changes the password at Django's page. */
  changePassword(cookie: string, oldPassword: string, newPassword: string): Promise<OracleVisit> {
    return this.ask("change_password", { cookie, old_password: oldPassword, new_password: newPassword });
  }

  parseCookies(header: string): Promise<[string, string][]> {
    return this.ask("cookies.parse", { header });
  }

  /** The value of the Set-Cookie header that `response.set_cookie()` makes. */
  setCookie(
    name: string,
    value: string,
    options: CookieOptions = {},
    conditions?: Conditions,
  ): Promise<string> {
    return this.ask("cookies.set", { name, value, ...options }, conditions);
  }

  deleteCookie(
    name: string,
    options: Pick<CookieOptions, "path" | "domain" | "samesite"> = {},
  ): Promise<string> {
    return this.ask("cookies.delete", { name, ...options });
  }

  /** The reason why Django refuses a request, or null. */
  checkCsrf(request: OracleRequest, conditions?: Conditions): Promise<string | null> {
    return this.ask("csrf.check", request, conditions);
  }

  maskCsrf(secret: string): Promise<string> {
    return this.ask("csrf.mask", { secret });
  }

  doesCsrfTokenMatch(token: string, secret: string): Promise<boolean> {
    return this.ask("csrf.does_token_match", { token, secret });
  }

  /** @throws {OracleError} `DisallowedHost` */
  getHost(request: OracleRequest, conditions?: Conditions): Promise<string> {
    return this.ask("host.get", request, conditions);
  }

  isSafeUrl(url: string, allowedHosts: string[] = [], requireHttps = false): Promise<boolean> {
    return this.ask("safe_url", { url, allowed_hosts: allowedHosts, require_https: requireHttps });
  }
}

/** The `SECRET_KEY` in the settings of the oracle. */
export const ORACLE_SECRET = "the tests' own secret key, which protects nothing at all";

/** Django 5.2 on its own database at `ORACLE_DATABASE_URL`; `undefined` where it does not run. */
export const oracle: Oracle | undefined = at(process.env.ORACLE_URL);

/** Django 4.2, for comparing formats. */
export const oracle42: Oracle | undefined = at(process.env.ORACLE_42_URL);

function at(url: string | undefined): Oracle | undefined {
  return url ? new Oracle(url) : undefined;
}

/** For tests that need the oracle: `test(name, needsOracle, …)` is skipped where there is none. */
export const needsOracle: { skip: string | false } = {
  skip: oracle === undefined && "no Django: run it with `npm test` and Python 3.10 or later",
};
