/** URLs whose password is not percent-encoded: refused at start, before a part of it is taken for a host. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import postgres from "postgres";
import { requireUrl } from "../../../src/databases/postgres/source.ts";

const MESSAGE =
  "database is a URL with a delimiter in its user name or password, expected them percent-encoded, " +
  'as by encodeURIComponent(): "#" is %23, "/" %2F, "?" %3F, "@" %40 and "%" %25';

describe("requireUrl", () => {
  it("refuses a password that must be percent-encoded, and quotes no part of it", () => {
    const passwords = [
      "pa#ss",
      "pa/ss",
      "pa?ss",
      "5#ss",
      "5/ss",
      "5?ss",
      "5/s?s",
      "pa%ss",
      "pa%zz",
      "p@a/ss",
      "p@5#s",
    ];
    for (const password of passwords) {
      const url = `postgres://ann:${password}@db.internal/site`;
      assert.throws(
        () => requireUrl("database", url),
        { name: "ImproperlyConfigured", message: MESSAGE },
        url,
      );
    }
    for (const url of ["postgres://ann:p@ss@one,two/site", "postgres://ann:p@s,s@one/site"]) {
      assert.throws(() => requireUrl("database", url), { message: MESSAGE }, url);
    }
  });

  it("refuses a place in the query, which postgres.js would ignore for another server", () => {
    for (const query of ["host=/run/postgresql", "user=ann&port=6432", "hostaddr=10.0.0.1", "dbname=site"]) {
      const url = `postgres:///site?${query}`;
      assert.deepEqual(postgres(url).options.host, ["localhost"]);
      const name = /(\w+)=[^&]*$/.exec(query)![1];
      assert.throws(() => requireUrl("database", url), {
        code: "improperly_configured",
        message: `database is a URL with "${name}" in its query, which postgres.js ignores, expected ` +
          "postgres://user@host:port/name, or for a Unix socket an instance of postgres.js",
      });
    }
  });

  it("accepts what postgres.js understands", () => {
    const hard = "p#a/s?s@w%o:r,d";
    for (
      const password of [
        encodeURIComponent(hard),
        hard.replace(/[#/?%@]/g, encodeURIComponent),
        "a@b",
        "a:b,c",
      ]
    ) {
      const url = `postgres://ann:${password}@db.internal/site`;
      assert.equal(requireUrl("database", url), url);
      const { pass, host } = postgres(url).options;
      assert.deepEqual([pass, host], [decodeURIComponent(password), ["db.internal"]]);
    }
    for (
      const url of [
        "postgres://localhost",
        "postgresql://ann:p,w@one:1,two:2/site?application_name=ann@site",
        "postgres://ann@%2Frun%2Fpostgresql/site",
        "postgres://ann@db.internal/s@te",
      ]
    ) assert.equal(requireUrl("database", url), url);
  });
});
