/** A flood of logins: those that cannot wait are answered with 503, and reported. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { warningsOf } from "./console.ts";
import { PASSWORD, QUICK_HASHERS, requestTo, type Site, siteWith } from "./site.ts";

const passwords = { hashers: QUICK_HASHERS, maxWaiting: 0 } as const;

/** More passwords than any machine hashes at a time. */
const FLOOD = 300;

/** The responses to a flood of logins, valid and invalid ones, by status. */
async function flood({ auth }: Site): Promise<Map<number, Response[]>> {
  const answers = await Promise.all(
    Array.from(
      { length: FLOOD },
      (_, index) =>
        auth.handle(requestTo("/login", { method: "POST" }), async () => {
          const username = index % 2 === 0 ? "ada" : "nobody";
          await auth.authenticate({ username, password: PASSWORD });
          return new Response("welcome");
        }),
    ),
  );
  const byStatus = new Map<number, Response[]>();
  for (const answer of answers) byStatus.set(answer.status, [...byStatus.get(answer.status) ?? [], answer]);
  return byStatus;
}

describe("when the queue of passwords is full", () => {
  test("logins get 503 with Retry-After and one event each, and later ones succeed", async () => {
    const site = await siteWith({ passwords });
    const answers = await flood(site);
    const refused = answers.get(503) ?? [];
    assert.ok(refused.length > 0 && answers.has(200), JSON.stringify([...answers.keys()]));
    for (const response of refused) {
      assert.equal(response.headers.get("retry-after"), "1");
      assert.deepEqual(await response.json(), {
        ...{ title: "Service Unavailable", status: 503, code: "server_busy" },
      });
    }
    const limited = site.events.filter(({ type }) => type === "auth.limited");
    assert.deepEqual(limited, Array(refused.length).fill({ type: "auth.limited", code: "server_busy" }));
    assert.deepEqual(site.events.filter(({ type }) => type === "error"), []);
    const user = await site.auth.authenticate({ username: "ada", password: PASSWORD });
    assert.equal(user.username, "ada");
  });

  test("a login is refused before any query", async () => {
    const { auth, database } = await siteWith({
      passwords: { hashers: [{ algorithm: "pbkdf2_sha256", iterations: 300_000 }], maxWaiting: 1 },
    });
    const users = Array.from(
      { length: FLOOD },
      (_, index) => ({ username: `u${index}`, password: PASSWORD }),
    );
    // They wait for their hashes, and have sent no query.
    const full = Promise.allSettled(users.map((user) => auth.createUser(user)));
    await new Promise((resolve) => setTimeout(resolve, 0));
    const before = database.statements.length;
    for (const username of ["ada", "nobody"]) {
      await assert.rejects(auth.authenticate({ username, password: PASSWORD }), { code: "server_busy" });
    }
    assert.equal(database.statements.length, before);
    await full;
    await auth.close();
  });

  test("the console shows one warning if there is no onEvent", async () => {
    const site = await siteWith({ passwords, onEvent: undefined });
    assert.deepEqual(await warningsOf(async () => void await flood(site)), [
      ["djauth: more passwords are waiting to be hashed than passwords.maxWaiting. This is said once"],
    ]);
  });
});
