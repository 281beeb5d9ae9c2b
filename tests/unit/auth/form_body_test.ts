/** Form bodies from untrusted clients: too large, malformed, or not a form at all. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FORM_LIMIT_BYTES, hasForm, readForm } from "../../../src/auth/request/form_body.ts";
import { requestTo, siteWith } from "./site.ts";

const URLENCODED = "application/x-www-form-urlencoded";

function post(type: string | null, body: BodyInit | null): Request {
  return requestTo("/", { method: "POST", body, headers: type === null ? {} : { "content-type": type } });
}

/** A body without an end. */
function endless(): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunk = new TextEncoder().encode("a".repeat(65_536));
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
}

function streamed(body: ReadableStream): Request {
  const init = { method: "POST", body, headers: { "content-type": URLENCODED }, duplex: "half" };
  return requestTo("/", init as RequestInit);
}

describe("a form", () => {
  test("is read in both encodings that browsers send", async () => {
    const plain = await readForm(post(`${URLENCODED}; charset=utf-8`, "name=a+b&name=c&empty="));
    assert.deepEqual([...plain], [["name", "a b"], ["name", "c"], ["empty", ""]]);
    const parts = new FormData();
    parts.set("name", "ä");
    const multipart = post(null, parts);
    assert.equal(hasForm(multipart), true);
    assert.deepEqual([...await readForm(multipart)], [["name", "ä"]]);
  });

  test("of exactly the limit is read, and one byte more is refused with 413", async () => {
    assert.equal((await readForm(post(URLENCODED, "a=4567890"), 9)).get("a"), "4567890");
    const refusal = { code: "body_too_large", status: 413, message: "The body is larger than 9 bytes" };
    await assert.rejects(readForm(post(URLENCODED, "a=45678901"), 9), refusal);
  });

  test("without a Content-Length is refused beyond 2.5 MB, as in Django", async () => {
    assert.equal(FORM_LIMIT_BYTES, 2_621_440);
    await assert.rejects(readForm(streamed(endless())), { code: "body_too_large", status: 413 });
  });

  test("may have 1,000 fields, as in Django, and more are refused, even without names", async () => {
    const pairs = (count: number) => Array(count).fill("a=1").join("&");
    assert.equal([...await readForm(post(URLENCODED, pairs(1_000)))].length, 1_000);
    const refusal = { code: "body_too_large", status: 413, message: "The body has more than 1000 fields" };
    await assert.rejects(readForm(post(URLENCODED, pairs(1_001))), refusal);
    const parts = (count: number) => {
      const form = new FormData();
      for (let index = 0; index < count; index++) form.append("a", "1");
      return form;
    };
    assert.equal([...await readForm(post(null, parts(1_000)))].length, 1_000);
    await assert.rejects(readForm(post(null, parts(1_001))), refusal);
    // Parts without a name are no fields, but are parsed all the same.
    for (const part of ["--x\r\ncontent-DISPOSITION: form-data; name=a\r\n\r\n\r\n", "--x\r\n\r\n\r\n"]) {
      const type = "multipart/form-data; boundary=x";
      await assert.rejects(readForm(post(type, `${part.repeat(1_001)}--x--\r\n`)), refusal);
    }
  });

  test("may have 1,024 bytes of headers per part, as in Django", async () => {
    const part = (padding: number) =>
      `--x\r\nContent-Disposition: form-data; name="a"\r\nX: ${"y".repeat(padding)}\r\n\r\n1\r\n--x--\r\n`;
    const type = "multipart/form-data; boundary=x";
    assert.equal((await readForm(post(type, part(900)))).get("a"), "1");
    const message = "The body has a part with more than 1024 bytes of headers";
    for (const body of [part(2_000), `--x\r\n${"a:\r\n".repeat(1_000)}`]) {
      await assert.rejects(readForm(post(type, body)), { code: "body_too_large", message });
    }
  });

  for (
    const boundary of [
      '"----WebKitFormBoundaryAb12"',
      "----geckoformboundary1f",
      "x; charset=utf-8",
      '"x y"',
      "boundary",
      "x,y",
      '"x, y"',
      "x ; a=b",
      `"(a)'+_.:=?-b"`,
      "x; a=application/x-www-form-urlencoded",
    ]
  ) {
    test(`is read with the boundary ${boundary}`, async () => {
      const [, text] = /^"?([^";]*)/.exec(boundary)!;
      const delimiter = `--${text!.trimEnd()}`;
      const body = `${delimiter}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n${delimiter}--\r\n`;
      assert.equal((await readForm(post(`multipart/form-data; boundary=${boundary}`, body))).get("a"), "1");
    });
  }

  test("cannot evade the limit of fields by an ambiguous Content-Type", async () => {
    const part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n';
    const parts = `${part.repeat(1_001)}--x--\r\n`;
    const pairs = Array(1_001).fill("a").join("&");
    // Deno's parser finds no parts in these, and those of the other runtimes refuse them.
    const withoutParts = "Deno" in globalThis ? 0 : "malformed_body";
    for (
      const [type, body, expected] of [
        // A multipart body that is read as URL-encoded pairs is a single field.
        [`${URLENCODED};,multipart/form-data;boundary=x`, parts, 1],
        [`${URLENCODED}; boundary=x`, pairs, "body_too_large"],
        ["multipart/form-data; boundary=x ; a=b", parts, "body_too_large"],
        ["multipart/form-data; boundary=x,foo", parts, withoutParts],
        ["multipart/form-data;,multipart/form-data; boundary=x", parts, "body_too_large"],
        [`multipart/form-data; boundary=x; a=${URLENCODED}`, pairs, withoutParts],
        [`multipart/form-data; boundary=x, ${URLENCODED}`, pairs, "malformed_body"],
      ] as const
    ) {
      const found = await readForm(post(type, body)).then(
        (form) => [...form].length,
        (error) => error.code,
      );
      assert.equal(found, expected, type);
    }
  });

  test("that the handler has already read throws a TypeError", async () => {
    const request = post(URLENCODED, "a=1");
    await request.formData();
    await assert.rejects(readForm(request), TypeError);
  });
});

const IS_BROKEN = "The form in the body is broken";
const IS_NONE = "The body is not a form, expected application/x-www-form-urlencoded or multipart/form-data";
const BROKEN: readonly (readonly [name: string, type: string | null, body: string | null, says: string])[] = [
  ["garbage as multipart", "multipart/form-data; boundary=x", "garbage", IS_BROKEN],
  ["multipart with two boundaries", "multipart/form-data; boundary=x; boundary=y", "--x--\r\n", IS_BROKEN],
  ["multipart with an escaped boundary", 'multipart/form-data; boundary="a\\b"', "--ab--\r\n", IS_BROKEN],
  [
    "multipart with a boundary* parameter",
    "multipart/form-data; boundary*=utf-8''x; boundary=y",
    "--x--",
    IS_BROKEN,
  ],
  ["multipart without a boundary", "multipart/form-data", "--x--\r\n", IS_BROKEN],
  ["multipart without a body", "multipart/form-data; boundary=x", null, IS_BROKEN],
  [
    ...["JSON", "application/json; charset=utf-8", '{"csrfmiddlewaretoken":"x"}'] as const,
    "The body is JSON, not a form: read it with request.json()",
  ],
  ["text with an empty Content-Type", "", "a=1", IS_NONE],
  ["a type that only starts like that of a form", "application/x-www-form-urlencodedX", "a=1", IS_NONE],
];

describe("a body that is not a form", () => {
  for (const [name, type, body, says] of BROKEN) {
    test(`is refused as malformed, without quoting it: ${name}`, async () => {
      await assert.rejects(readForm(post(type, body)), (error: Error & { code: string; status: number }) => {
        assert.deepEqual([error.name, error.code, error.status], ["DjauthError", "malformed_body", 400]);
        assert.deepEqual([error.message, error.cause], [says, undefined]);
        return true;
      });
    });
  }

  test("is assumed for GET and HEAD requests, and refused as malformed", async () => {
    for (const method of ["GET", "HEAD"]) {
      await assert.rejects(readForm(requestTo("/?a=1", { method })), {
        ...{ code: "malformed_body", status: 400 },
        message: `A ${method} request has no form`,
      });
    }
  });

  test("is refused as malformed if its stream breaks off", async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error("gone")) });
    await assert.rejects(readForm(streamed(body)), { code: "malformed_body" });
  });

  test("is answered with 400 if a handler calls context.formData()", async () => {
    const { auth, events } = await siteWith();
    const request = post("multipart/form-data", "garbage");
    const response = await auth.handle(
      request,
      async (_, context) => Response.json([...await context.formData()]),
    );
    assert.deepEqual([response.status, (await response.json()).code], [400, "malformed_body"]);
    assert.deepEqual(events, []);
  });

  test("has no CSRF token, and fails the CSRF check with 403", async () => {
    const { auth } = await siteWith();
    const cookie = `csrftoken=${"s".repeat(32)}`;
    const headers = { "content-type": "multipart/form-data", origin: "http://localhost", cookie };
    const request = requestTo("/", { method: "POST", body: "garbage", headers });
    const response = await auth.handle(request, auth.csrfProtect(() => new Response("done")));
    assert.deepEqual([response.status, await response.json()], [403, {
      ...{ title: "Forbidden", status: 403, code: "csrf_failed" },
      detail: "CSRF token missing.",
    }]);
  });

  test("is answered with 413 if it is too large for the CSRF check", async () => {
    const { auth } = await siteWith();
    const cookie = `csrftoken=${"s".repeat(32)}`;
    const headers = { "content-type": URLENCODED, origin: "http://localhost", cookie };
    const init = { method: "POST", body: endless(), headers, duplex: "half" } as RequestInit;
    const response = await auth.handle(requestTo("/", init), auth.csrfProtect(() => new Response("done")));
    assert.deepEqual([response.status, (await response.json()).code], [413, "body_too_large"]);
  });
});
