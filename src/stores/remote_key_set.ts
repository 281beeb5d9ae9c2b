/**
 * The public keys of `jwt.jwkUrl`: when they are fetched, kept and renewed. The search by `kid` is in
 * `jwt/jws/key_set.ts`.
 */

import { KeysUnavailable } from "../errors.ts";
import { readBounded } from "../internal/bounded_body.ts";
import { SYSTEM_TIMERS, type Timers } from "../internal/time/timers.ts";
import { type FindKeys, type KeySet, keysIn } from "../jwt/jws/key_set.ts";
import type { JwtSettings } from "../jwt/options/settings.ts";

/** The dependencies of {@link createRemoteKeySet}. */
export interface RemoteKeySetOptions {
  /** Sends the requests; the global `fetch` if not given. */
  readonly fetch?: typeof fetch | undefined;
  /** The runtime's if not given. */
  readonly timers?: Timers | undefined;
}

/** The settings that {@link createRemoteKeySet} follows. */
export type RemoteKeySetSettings = Pick<
  JwtSettings<never>,
  "algorithm" | "jwkUrl" | "jwkCacheAge" | "jwkCooldown" | "jwkTimeout"
>;

/** The size limit of the fetched JWKS document. */
const MAX_DOCUMENT_BYTES = 262_144;
/** The pause after a failed fetch: no request waits for what has just failed. */
const FAILURE_PAUSE_MS = 1000;

/** Creates the key set of `jwkUrl`, which is not fetched before the first token needs it; `null` without a `jwkUrl`. */
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

  const since = (time: number): number => timers.now() - time;
  const isFresh = (): boolean => since(fetchedAt) < settings.jwkCacheAge * 1000;

  async function load(address: string): Promise<void> {
    try {
      const text = await within(timers, settings.jwkTimeout * 1000, (signal) => {
        return readDocument(fetcher, address, signal);
      });
      if (text !== document) {
        findKeys = keysIn(JSON.parse(text), settings.algorithm.name);
        document = text;
        // Tokens that a removed key has verified must be verified again.
        generation += 1;
      }
      fetchedAt = timers.now();
      failedAt = -Infinity;
    } catch (cause) {
      // Counted from its end, not its start: an address that hangs takes longer than any pause.
      failedAt = timers.now();
      failure = cause;
      throw new KeysUnavailable(undefined, { cause });
    } finally {
      attempt = null;
    }
  }

  /** Fetches once for all concurrent callers, and not within `pause` milliseconds after a failure. */
  async function renew(address: string, pause: number): Promise<void> {
    if (attempt === null && since(failedAt) < pause) throw new KeysUnavailable(undefined, { cause: failure });
    await (attempt ??= load(address));
  }

  return {
    async find(kid) {
      const isOld = !isFresh();
      if (isOld) await renew(url, FAILURE_PAUSE_MS);
      const keys = await findKeys(kid);
      if (keys.length > 0 || isOld || since(fetchedAt) < cooldown) return keys;
      // The key may be new. But a client can invent names, so that a failure is followed by the cooldown as well.
      await renew(url, Math.max(cooldown, FAILURE_PAUSE_MS));
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
      reject(new Error(`The response was not complete within ${milliseconds / 1000} seconds`));
      controller.abort();
    });
  });
  try {
    // A custom `fetch` may ignore the signal.
    return await Promise.race([work(controller.signal), tooLate]);
  } finally {
    cancel();
  }
}

async function readDocument(fetcher: typeof fetch, url: string, signal: AbortSignal): Promise<string> {
  const headers = { accept: "application/jwk-set+json, application/json" };
  // A redirect leads to an address that was not configured.
  const response = await fetcher(url, { headers, redirect: "manual", signal });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`The response has the status ${response.status}, expected 200`);
  }
  const body = await readBounded(response.body, MAX_DOCUMENT_BYTES);
  if (body === "too_large") throw new RangeError(`The response is longer than ${MAX_DOCUMENT_BYTES} bytes`);
  if (body === "broken_off") throw new Error("The response broke off");
  return new TextDecoder().decode(body);
}
