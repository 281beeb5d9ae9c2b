/** Converts a request of the bridge's protocol to the facts and settings that src/origin/ needs. Contains no rules. */

import type { CsrfRequest, CsrfSettings } from "../../src/origin/csrf.ts";
import { DEFAULT_CSRF_SETTINGS } from "./default_settings.ts";

/** The arguments of `csrf.*` and `host.*` that describe a request; null values on the wire are omitted. */
export interface RequestArguments {
  method?: string;
  secure?: boolean;
  server_name?: string;
  server_port?: string;
  headers?: Record<string, string>;
  cookies?: Record<string, string>;
  session_token?: string;
  form_token?: string;
  settings?: Record<string, unknown>;
}

const SETTING_NAMES: Record<string, keyof CsrfSettings> = {
  allowed_hosts: "allowedHosts",
  debug: "debug",
  csrf_cookie_domain: "cookieDomain",
  csrf_cookie_name: "cookieName",
  csrf_header_name: "headerName",
  csrf_trusted_origins: "trustedOrigins",
  csrf_use_sessions: "useSessions",
  session_cookie_domain: "sessionCookieDomain",
  use_x_forwarded_host: "useXForwardedHost",
  use_x_forwarded_port: "useXForwardedPort",
};

/** The request as `csrfFault` takes it. */
export function describedRequest(args: RequestArguments): CsrfRequest {
  const headers = new Map(Object.entries(args.headers ?? {}));
  const cookies = new Map(Object.entries(args.cookies ?? {}));
  return {
    facts: {
      method: args.method ?? "GET",
      secure: args.secure ?? false,
      header: (name) => headers.get(name) ?? null,
      serverName: args.server_name,
      serverPort: args.server_port,
    },
    cookie: (name) => cookies.get(name),
    sessionToken: args.session_token ?? null,
    formToken: args.form_token ?? null,
  };
}

/** Django's settings under djauth's names. */
export function describedSettings(args: RequestArguments): CsrfSettings {
  const given = Object.entries(args.settings ?? {}).filter(([, value]) => value !== null);
  return {
    ...DEFAULT_CSRF_SETTINGS,
    ...Object.fromEntries(given.map(([name, value]) => [SETTING_NAMES[name] ?? name, value])),
  };
}
