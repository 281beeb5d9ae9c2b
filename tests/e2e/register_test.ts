/** Accounts that djauth creates are accounts of Django. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import type { NewUser } from "../../src/auth/login/accounts.ts";
import { needsOracle } from "../ground/oracle.ts";
import type { DjangoUserRow } from "../../src/users/user_table.ts";
import { Browser, django, newPerson, PASSWORD, served, siteAuth } from "./site.ts";

describe("register", needsOracle, () => {
  test("a user who registers here can log in at Django", async () => {
    const username = `new-${crypto.randomUUID()}`;
    await served(siteAuth(), {}, async ({ url }) => {
      const response = await new Browser(url).post("/register", { username, password: PASSWORD });
      assert.equal(response.status, 201);
      const { columns } = (await django().findUser(username))!;
      const { first_name, last_name, email, is_staff, is_superuser, is_active, last_login } = columns;
      assert.deepEqual(
        { first_name, last_name, email, is_staff, is_superuser, is_active, last_login },
        {
          ...{ first_name: "", last_name: "", email: "" },
          ...{ is_staff: false, is_superuser: false, is_active: true, last_login: null },
        },
      );
      const age = Date.now() - Date.parse(String(columns.date_joined));
      assert.ok(age >= 0 && age < 5000, `${age} ms`);
      const visit = await django().login(username, PASSWORD);
      assert.equal((await django().whoami(visit.cookie)).user?.username, username);
    });
  });

  test("a taken username gets 409 and changes nothing", async () => {
    const person = await newPerson();
    await served(siteAuth(), {}, async ({ url }) => {
      const refused = await new Browser(url).post("/register", {
        username: person.username,
        password: "other",
      });
      assert.equal(refused.status, 409);
      assert.deepEqual(await refused.json(), {
        ...{ title: "Conflict", status: 409, code: "user_exists" },
        detail: "A user with that username already exists",
      });
      assert.equal((await django().findUser(person.username))?.columns.password, person.encoded);
    });
  });

  test("of concurrent registrations of one username, one succeeds", async () => {
    const username = `race-${crypto.randomUUID()}`;
    await served(siteAuth(), {}, async ({ url }) => {
      const attempts = Array.from(
        { length: 8 },
        () => new Browser(url).post("/register", { username, password: "p" }),
      );
      const statuses = (await Promise.all(attempts)).map(({ status }) => status).sort();
      assert.deepEqual(statuses, [201, ...Array(7).fill(409)]);
    });
  });

  test("a username is normalised as in Django, so that look-alikes are the same name", async () => {
    const tail = crypto.randomUUID();
    await served(siteAuth(), {}, async ({ url }) => {
      const browser = new Browser(url);
      const first = await browser.post("/register", { username: `ﬁne-${tail}`, password: PASSWORD });
      assert.deepEqual(await first.json(), { user: `fine-${tail}` });
      const second = await browser.post("/register", { username: `fine-${tail}`, password: PASSWORD });
      assert.equal(second.status, 409);
    });
  });

  test("a form that is passed on unfiltered cannot set is_superuser or another protected field", async () => {
    const username = `sly-${crypto.randomUUID()}`;
    const auth = siteAuth({ onEvent: () => {} });
    const fetch = async (_request: Request, context: RequestContext) => {
      const values = Object.fromEntries(await context.formData()) as unknown as NewUser<DjangoUserRow>;
      await auth.register(context, values, { csrf: false });
      return new Response("made");
    };
    await served(auth, { fetch }, async ({ url }) => {
      for (const field of ["is_superuser", "is_staff", "is_active", "id", "last_login", "date_joined"]) {
        const body = new URLSearchParams({ username, password: PASSWORD, [field]: "1" });
        assert.equal((await new Browser(url).fetch("/", { method: "POST", body })).status, 500, field);
      }
      assert.equal(await django().findUser(username), null);
    });
  });
});
