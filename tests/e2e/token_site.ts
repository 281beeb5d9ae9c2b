/** A site that accepts simplejwt's tokens, beside the tests' Django, and helpers to open sockets with them. */

import type { JwtAuthOptions } from "../../src/auth/options/jwt_options.ts";
import type { DjangoAuthOptions } from "../../src/auth/options/options.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import { type OracleTokenType, TokenOracle } from "../ground/token_oracle.ts";
import { django, EventLog, type Person, siteAuth } from "./site.ts";
import { upgrade, type WireHeaders, type WireSocket } from "./wire.ts";

/** Revalidation so frequent that a test need not wait. */
export const QUICK_ROUNDS = { revalidateInterval: 0.3, feed: false } as const;

/** djauth on Django's database, with tokens. */
export function tokenAuth(jwt: JwtAuthOptions = {}, options: Partial<DjangoAuthOptions> = {}): DjangoAuth {
  return siteAuth({ onEvent: new EventLog().listen, ...options, jwt });
}

/** A token issued by real simplejwt, with settings under simplejwt's names. */
export async function djangoToken(
  person: Person,
  type: OracleTokenType = "access",
  settings: Record<string, unknown> = {},
): Promise<string> {
  return (await simplejwt(settings).forUser(type, person.pk)).token;
}

/** Real simplejwt under these settings. */
export function simplejwt(settings: Record<string, unknown> = {}): TokenOracle {
  return new TokenOracle(django(), { settings: { SIMPLE_JWT: settings } });
}

/** Puts an access token on the blacklist, for which simplejwt has no call. */
export async function blacklistAccess(token: string): Promise<void> {
  const auth = tokenAuth({ checkAccessTokens: true }, { sockets: { feed: false } });
  const request = new Request("http://localhost/", { method: "POST", headers: bearer(token) });
  await auth.logout(auth.context(request));
  await auth.close();
}

/** Opens a socket. */
export function open(
  host: string,
  headers: Readonly<Record<string, string>>,
  path: string = "/",
): Promise<WireSocket> {
  return upgrade(host, { path, headers: Object.entries(headers) as unknown as WireHeaders });
}

/** A header with a token. */
export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** Greets each socket when it opens, and echoes its messages. */
export const ECHO = {
  open: (socket: { user: { username: string } | null; send(text: string): void }) =>
    socket.send(`welcome ${socket.user?.username}`),
  message: (socket: { send(text: string): void }, data: string | Uint8Array) => socket.send(`said ${data}`),
} as const;
