/**
 * The public keys of `jwt.jwkUrl`: fetched, kept and renewed. When that is done is decided here; which key a token names is
 * found in `jwt/jws/key_set.ts`.
 */

import { KeysUnavailable } from "../errors.ts";
import { readBounded } from "../internal/bounded_body.ts";
import { SYSTEM_TIMERS, type Timers } from "../internal/time/timers.ts";
import { type FindKeys, type KeySet, keysIn } from "../jwt/jws/key_set.ts";
import type { JwtSettings } from "../jwt/options/settings.ts";

/** What {@link createRemoteKeySet} may be given. */
export interface RemoteKeySetOptions {
  /** Sends the requests; the global `fetch` if not given. */
  readonly fetch?: typeof fetch | undefined;
  /** Those of the runtime if not given. */
  readonly timers?: Timers | undefined;
}

/** The settings that it follows. */
export type RemoteKeySetSettings = Pick<
  JwtSettings<never>,
  "algorithm" | "jwkUrl" | "jwkCacheAge" | "jwkCooldown" | "jwkTimeout"
>;

/** Bytes that a document of keys may have. */
const MAX_DOCUMENT = 262_144;
/** Milliseconds after a failure without another attempt: no request waits for what was just found to fail. */
const FAILURE_PAUSE = 1000;

/** The keys of `jwkUrl`, not fetched before the first token needs one; `null` where there is no such address. */
export function createRemoteKeySet(
  settings: RemoteKeySetSettings,
  { fetch: fetcher = fetch, timers = SYSTEM_TIMERS }: RemoteKeySetOptions = {},
): KeySet | null {
  const url = settings.jwkUrl;
  if (url === null) return null;
  const cooldown = settings.jwkCooldown * 1000;
  let document: string | null = null;
  let findKeys: FindKeys = () => Promise.resolve([]);
  let generation = 0;
  let fetchedAt = -Infinity;
  let failedAt = -Infinity;
  let failure: unknown;
  let attempt: Promise<void> | null = null;

  const since = (moment: number): number => timers.now() - moment;
  const isFresh = (): boolean => since(fetchedAt) < settings.jwkCacheAge * 1000;

  async function load(address: string): Promise<void> {
    try {
      const text = await within(timers, settings.jwkTimeout * 1000, (signal) => {
        return readDocument(fetcher, address, signal);
      });
      if (text !== document) {
        findKeys = keysIn(JSON.parse(text), settings.algorithm.name);
        document = text;
        // A key that is gone must not live on in what was verified with it.
        generation += 1;
      }
      fetchedAt = timers.now();
      failedAt = -Infinity;
    } catch (cause) {
      // When it ended, and not when it began: an address that hangs takes longer than any pause.
      failedAt = timers.now();
      failure = cause;
      throw new KeysUnavailable(undefined, { cause });
    } finally {
      attempt = null;
    }
  }

  /** Fetches once for all callers that ask meanwhile, and not within so many milliseconds after a failure. */
  async function renew(address: string, pause: number): Promise<void> {
    if (attempt === null && since(failedAt) < pause) throw new KeysUnavailable(undefined, { cause: failure });
    await (attempt ??= load(address));
  }

  return {
    async find(kid) {
      const isOld = !isFresh();
      if (isOld) await renew(url, FAILURE_PAUSE);
      const keys = await findKeys(kid);
      if (keys.length > 0 || isOld || since(fetchedAt) < cooldown) return keys;
      // It may be new. But a client can invent names, so that after a failure there is a pause as well.
      await renew(url, Math.max(cooldown, FAILURE_PAUSE));
      return await findKeys(kid);
    },
    generation: () => isFresh() ? generation : null,
  };
}

/** Bounds the request and the reading of its body together. */
async function within<Result>(
  timers: Timers,
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  let cancel = (): void => {};
  const tooLate = new Promise<never>((_, reject) => {
    cancel = timers.after(milliseconds, () => {
      reject(new Error(`There was no whole answer within ${milliseconds / 1000} seconds`));
      controller.abort();
    });
  });
  try {
    // A `fetch` of the application's own may not heed the signal.
    return await Promise.race([work(controller.signal), tooLate]);
  } finally {
    cancel();
  }
}

async function readDocument(fetcher: typeof fetch, url: string, signal: AbortSignal): Promise<string> {
  const headers = { accept: "application/jwk-set+json, application/json" };
  // Another address is not the one that was configured.
  const response = await fetcher(url, { headers, redirect: "manual", signal });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`The answer has the status ${response.status}, expected 200`);
  }
  const body = await readBounded(response.body, MAX_DOCUMENT);
  if (body === "too_large") throw new RangeError(`The document of keys has more than ${MAX_DOCUMENT} bytes`);
  if (body === "broken_off") throw new Error("The answer broke off");
  return new TextDecoder().decode(body);
}
