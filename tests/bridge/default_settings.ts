/** Django's own defaults of what decides about hosts and origins, under which no host is allowed: where its suites begin. */

import type { CsrfSettings } from "../../src/origin/csrf.ts";

export const DEFAULT_CSRF_SETTINGS: CsrfSettings = Object.freeze({
  allowedHosts: Object.freeze([]),
  debug: false,
  useXForwardedHost: false,
  useXForwardedPort: false,
  secureProxySslHeader: null,
  trustedOrigins: Object.freeze([]),
  cookieName: "csrftoken",
  headerName: "HTTP_X_CSRFTOKEN",
  useSessions: false,
  cookieDomain: null,
  sessionCookieDomain: null,
});
