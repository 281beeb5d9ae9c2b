/**
 * Form bodies of arbitrary bytes are refused with 400 or 403, never with 500, and a form without a token causes no
 * query.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pythonStrip } from "../../src/internal/python/strip.ts";
import { normalizeUsername } from "../../src/users/normalize.ts";
import { parseLookupText } from "../../src/users/primary_key.ts";
import { AuthenticationError } from "../../src/account_errors.ts";
import { hostileMix, hostileText } from "../unit/internal/hostile_text.ts";
import { countedSite, requestWith, RUNS } from "./site.ts";

const BOUNDARY = "----boundary";

const contentType = fc.oneof(
  fc.constantFrom(
    ...[
      "application/x-www-form-urlencoded",
      "application/x-www-form-urlencoded; charset=utf-16",
      "text/plain",
    ],
    ...[`multipart/form-data; boundary=${BOUNDARY}`, "multipart/form-data", "multipart/form-data; boundary="],
    ...[
      "multipart/form-dataX",
      "application/x-www-form-urlencodedX",
      "application/json",
      "",
      "MULTIPART/FORM-DATA",
    ],
  ),
  fc.string({ maxLength: 20 }).map((end) => `multipart/form-data; boundary=${end}`),
);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  hostileText(200).map((text) => new TextEncoder().encode(text)),
  hostileMix(
    ...[
      `--${BOUNDARY}`,
      `--${BOUNDARY}--`,
      "\r\n",
      "\r\n\r\n",
      "Content-Disposition: form-data; name=",
      '"',
      "a",
    ],
    ...[
      '"csrfmiddlewaretoken"',
      "username",
      "=",
      "&",
      "%",
      "%ff",
      "+",
      "Content-Type: text/plain",
      "; filename=x",
    ],
  ).map((text) => new TextEncoder().encode(text)),
);

function post(type: string, bytes: Uint8Array): Request {
  const init = { method: "POST", body: bytes as Uint8Array<ArrayBuffer> };
  return requestWith({
    "content-type": type,
    cookie: `csrftoken=${"s".repeat(32)}`,
    origin: "http://example.com",
  }, init);
}

test("property: a form of arbitrary bytes without the token is refused", async () => {
  const { auth, database, troubles } = countedSite();
  await fc.assert(
    fc.asyncProperty(contentType, body, async (type, bytes) => {
      database.reset();
      const response = await auth.handle(post(type, bytes), auth.csrfProtect(() => new Response("done")));
      assert.ok([400, 403].includes(response.status), `${response.status}`);
      assert.deepEqual(database.counts, { sessions: 0, users: 0, writes: 0 });
    }),
    RUNS,
  );
  assert.deepEqual(troubles, []);
});

test("property: a login form of arbitrary bytes logs nobody in", async () => {
  const { auth, database, troubles } = countedSite({
    passwords: { hashers: [{ algorithm: "pbkdf2_sha256", iterations: 1 }] },
  });
  await fc.assert(
    fc.asyncProperty(contentType, body, async (type, bytes) => {
      database.reset();
      const response = await auth.handle(post(type, bytes), async (_request, context) => {
        const form = await context.formData();
        const user = await auth.authenticate({
          username: form.get("username"),
          password: form.get("password"),
        });
        await auth.login(context, user);
        return new Response("done");
      });
      assert.ok([400, 401].includes(response.status), `${response.status}`);
      assert.deepEqual(response.headers.getSetCookie(), []);
      assert.equal(database.counts.writes, 0);
    }),
    RUNS,
  );
  assert.deepEqual(troubles, []);
});

test("property: any credentials are refused, and a username is queried only if the database can hold it", async () => {
  const { auth, database } = countedSite({
    passwords: { hashers: [{ algorithm: "pbkdf2_sha256", iterations: 1 }] },
  });
  const value = fc.oneof(hostileText(), fc.anything());
  await fc.assert(
    fc.asyncProperty(value, value, async (username, password) => {
      database.reset();
      await assert.rejects(auth.authenticate({ username, password }), AuthenticationError);
      const canHold = typeof username === "string" && username !== "" && username.isWellFormed() &&
        !username.includes("\0");
      // Once unchanged and once as Django's forms normalise it, if that differs.
      const read = canHold ? parseLookupText(normalizeUsername(pythonStrip(username))) : null;
      const isReadOtherwise = read !== null && read !== username;
      assert.equal(database.counts.users, Number(canHold) + Number(isReadOtherwise));
    }),
    RUNS,
  );
});
