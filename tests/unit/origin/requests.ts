/** Requests and settings for the tests of src/origin/. */

import type { CsrfSettings } from "../../../src/origin/csrf.ts";
import { DEFAULT_CSRF_SETTINGS } from "../../bridge/default_settings.ts";
import { factsOf, type RequestFacts } from "../../../src/origin/request_facts.ts";

/** A test's request; the default is a POST to https://example.com/. */
export interface RequestDescription {
  method?: string;
  url?: string;
  headers?: Record<string, string> | [string, string][];
}

/** Settings of a site whose only host is example.com. */
export function settingsWith(settings: Partial<CsrfSettings> = {}): CsrfSettings {
  return { ...DEFAULT_CSRF_SETTINGS, allowedHosts: ["example.com"], ...settings };
}

/** The facts of a request; repeated headers are joined, as in every runtime. */
export function facts(
  description: RequestDescription = {},
  settings: CsrfSettings = settingsWith(),
): RequestFacts {
  const { method = "POST", url = "https://example.com/", headers = {} } = description;
  return factsOf({ method, url, headers: new Headers(headers) }, settings);
}
