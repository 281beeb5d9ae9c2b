/** Django's defaults of the host and origin settings, with no allowed hosts: the starting point of its test suites. */

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
