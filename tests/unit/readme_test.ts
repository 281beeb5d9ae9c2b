/** The README's lists are complete: all options, and all error codes with their status and class. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AuthenticationError, InvalidUser, NotAuthenticated, UserExists } from "../../src/account_errors.ts";
import { BUN_SOCKET_OPTIONS } from "../../src/adapters/bun_options.ts";
import { GROUPED_OPTIONS, OPTIONS } from "../../src/auth/options/option_names.ts";
import { errorResponse, type ProblemCode } from "../../src/auth/request/problem.ts";
import {
  type AuthenticationCode,
  type DatabaseErrorCode,
  type ErrorCode,
  HTTP_STATUS,
  type NotAuthenticatedCode,
  type RefusalCode,
} from "../../src/error_codes.ts";
import * as errors from "../../src/errors.ts";
import { refusal } from "../../src/sockets/protocol/close_codes.ts";
import { SOCKET_OPTION_NAMES } from "../../src/sockets/connection/check_handlers.ts";
import { pathsBelow, read } from "../tools/sources.mjs";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The text below a heading, up to the next one. */
function section(heading: string): string {
  const [, text] = README.split(`\n${heading}\n`);
  assert.ok(text !== undefined, heading);
  return text.split(/\n#+ /)[0]!;
}

test("the README lists every option of djangoAuth(), including those of session and csrf", () => {
  const text = section("## Settings");
  const grouped = (["session", "csrf"] as const).flatMap((group) =>
    GROUPED_OPTIONS[group].map((name) => `${group}.${name}`)
  );
  const isNamed = (name: string) => text.includes(`\`${name}`);
  assert.deepEqual([...OPTIONS, ...grouped].filter((name) => !isNamed(name)), []);
});

test("the README lists every handler and option of websocket, including Bun's", () => {
  const text = section("### Options of `websocket`");
  const missing = [...SOCKET_OPTION_NAMES, ...BUN_SOCKET_OPTIONS].filter((name) =>
    !text.includes(`\`${name}\``)
  );
  assert.deepEqual(missing, []);
});

/** As records, so that a new code does not compile until it is added here. */
const AUTHENTICATION: Readonly<Record<AuthenticationCode, true>> = {
  ...{ user_not_found: true, user_inactive: true, wrong_password: true, wrong_old_password: true },
};
const NOT_AUTHENTICATED: Readonly<Record<NotAuthenticatedCode, true>> = {
  ...{ not_authenticated: true, session_ended: true, session_expired: true, token_invalid: true },
  ...{ token_expired: true, token_revoked: true, ticket_invalid: true, bad_authorization_header: true },
  ...{ credentials_conflict: true, password_changed: true, user_inactive: true, user_not_found: true },
};
const DATABASE: Readonly<Record<Exclude<DatabaseErrorCode, "database_unavailable">, true>> = {
  ...{ database_permission_denied: true, database_error: true, unique_violation: true },
  ...{ not_null_violation: true, invalid_value: true },
};
/** `message_too_big` occurs only on an open socket, never in a response. */
const REFUSALS: Readonly<Record<Exclude<RefusalCode, NotAuthenticatedCode | "message_too_big">, true>> = {
  ...{ origin_not_allowed: true, permission_denied: true, too_many_connections: true },
  ...{ authentication_timeout: true, replaced: true, server_restart: true, try_again_later: true },
  ...{ server_error: true },
};

function namesOf<Name extends string>(record: Readonly<Record<Name, true>>): Name[] {
  return Object.keys(record) as Name[];
}

const MADE: readonly errors.DjauthError[] = [
  ...namesOf(AUTHENTICATION).map((code) => new AuthenticationError(code, "x")),
  ...namesOf(NOT_AUTHENTICATED).map((code) => new NotAuthenticated(code)),
  ...namesOf(DATABASE).map((code) => new errors.DatabaseError("x", code)),
  new errors.SessionError("session_deleted", "x"),
  new errors.SessionError("session_exists", "x"),
  new errors.ImproperlyConfigured("x"),
  new errors.BadSignature(),
  new errors.SignatureExpired(),
  new errors.PermissionDenied(),
  new errors.CsrfError("x"),
  new errors.DatabaseUnavailable(),
  new errors.KeysUnavailable(),
  new UserExists(),
  new InvalidUser("x"),
];

/** One row per code: its status, and the class of its error if it has one. */
async function answers(): Promise<Set<string>> {
  const found = new Set<string>();
  for (const error of MADE) {
    const { status, code } = await errorResponse(error)!.json() as { status: number; code: ProblemCode };
    found.add(`${status} ${code} ${error.name}`);
  }
  const source = pathsBelow("src", (path) => path.endsWith(".ts")).map(read).join("\n").replace(
    /^ \*.*$/gm,
    "",
  );
  for (const [, code = ""] of source.matchAll(/new DjauthError\(\s*"(\w+)"/g)) {
    found.add(`${HTTP_STATUS[code as ErrorCode]} ${code} DjauthError`);
  }
  const others = [...source.matchAll(/[ (]problem\((\d+), "(\w+)"/g)].map(([, status, code]) =>
    `${status} ${code}`
  );
  const refusals = namesOf(REFUSALS).map((code) => `${refusal(code).status} ${code}`);
  for (const line of [...others, ...refusals]) {
    if (![...found].some((known) => known.startsWith(`${line} `))) found.add(`${line} –`);
  }
  return found;
}

test("the README lists every code of a response, with its status and error class", async () => {
  const rows = section("### Errors").matchAll(/^\| (\d+) +\| (.+?) \| .+ \| (.+?) +\|$/gm);
  const listed = [...rows].flatMap(([, status, codes = "", name = ""]) =>
    [...codes.matchAll(/`(\w+)`/g)].map(([, code]) => `${status} ${code} ${name.replaceAll("`", "")}`)
  );
  assert.deepEqual(listed.sort(), [...await answers()].sort());
});
