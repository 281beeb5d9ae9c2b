/** Operations of the conformance bridge: `password.*`. */

import { SYSTEM_RANDOM } from "../../src/internal/random.ts";
import type { DecodedPassword, Hasher } from "../../src/passwords/hasher.ts";
import { createHasher, HASHER_NAMES, type HasherOptions } from "../../src/passwords/hashers.ts";
import { type Passwords, passwordsOf } from "../../src/passwords/passwords.ts";
import { type Operations, Refusal, type WireBytes, wireBytes } from "./protocol.ts";

/** A hasher as the protocol describes it: the algorithm and its parameters in Python's spelling. */
interface Described {
  algorithm: string;
  salt_entropy?: number;
  [parameter: string]: unknown;
}

function hasherOf(described: Described): Hasher {
  if (!HASHER_NAMES.includes(described.algorithm)) return notImplemented(described.algorithm);
  const options = Object.fromEntries(
    Object.entries(described).map(([name, value]) => [camelCase(name), value]),
  ) as unknown as HasherOptions;
  return createHasher(options, { django: "5.2", randomBytes: SYSTEM_RANDOM });
}

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** A hasher that Django has and djauth does not have yet: it may be listed, but not used. */
function notImplemented(algorithm: string): Hasher {
  const refuse = (): never => {
    throw new Refusal("not_implemented", algorithm);
  };
  return {
    algorithm,
    salt: refuse,
    encode: refuse,
    verify: refuse,
    decode: refuse,
    isWeaker: refuse,
    hardenRuntime: refuse,
  };
}

function passwordsWith(described: Described[]): Passwords {
  return passwordsOf({
    hashers: described.map(hasherOf),
    replacesAlgorithms: true,
    concurrency: 1,
    randomBytes: SYSTEM_RANDOM,
  });
}

/** The protocol's `"default"` is an omitted name in djauth. */
function nameOf(algorithm?: string): string | undefined {
  return algorithm === "default" ? undefined : algorithm;
}

/** A password on the wire: djauth encodes text, and refuses what is neither text nor bytes. */
function passwordOf(password?: unknown): string | Uint8Array | null {
  if (password === undefined) return null;
  const isBytes = typeof password === "object" && password !== null && "base64" in password;
  return isBytes ? wireBytes(password as WireBytes) : password as string;
}

function saltOf(salt?: WireBytes): string | undefined {
  return typeof salt === "object" ? new TextDecoder().decode(wireBytes(salt)) : salt;
}

/** The protocol's single hashers take bytes. */
function bytesOf(password?: WireBytes): Uint8Array {
  if (password === undefined) throw new Refusal("type_error", "password must be provided");
  return wireBytes(password);
}

function decode(encoded: string, described: Described): DecodedPassword {
  const decoded = hasherOf(described).decode(encoded);
  if (decoded === null) throw new Refusal("value_error", "Not encoded by this hasher");
  return decoded;
}

/**
 * Django's rule: any difference from the configured work factor requires an update; for djauth only a lower one does.
 */
function mustUpdate(encoded: string, described: Described): boolean {
  const hasher = hasherOf(described);
  const decoded = hasher.decode(encoded);
  return decoded !== null && (decoded["iterations"] !== described["iterations"] || hasher.isWeaker(encoded));
}

function identify(encoded: string, hashers: Described[]): string {
  const algorithm = passwordsWith(hashers).identifyHasher(encoded);
  if (algorithm === null) throw new Refusal("unknown_algorithm");
  return algorithm;
}

export const operations: Operations = {
  "password.make": ({ password, salt, hasher, hashers }) =>
    passwordsWith(hashers).makePassword(passwordOf(password), saltOf(salt), nameOf(hasher)),
  "password.check": async ({ password, encoded, preferred, hashers }) => {
    const checked = await passwordsWith(hashers).verifyPassword(
      passwordOf(password),
      encoded ?? null,
      nameOf(preferred),
    );
    return { is_correct: checked.isCorrect, must_update: checked.mustUpdate };
  },
  "password.identify": ({ encoded, hashers }) => identify(encoded, hashers),
  "password.usable": ({ encoded }) => passwordsWith([]).isPasswordUsable(encoded ?? null),
  "password.salt": ({ hasher }) => hasherOf(hasher).salt(),
  "password.encode": ({ password, salt, hasher }) =>
    hasherOf(hasher).encode(bytesOf(password), saltOf(salt) ?? ""),
  "password.verify": ({ password, encoded, hasher }) => hasherOf(hasher).verify(bytesOf(password), encoded),
  "password.must_update": ({ encoded, hasher }) => mustUpdate(encoded, hasher),
  "password.decode": ({ encoded, hasher }) => decode(encoded, hasher),
};
