/** Error messages for an unreachable database: its address and the system's reason, never a password. */

import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "node:test";
import postgres from "postgres";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import { openPostgresListener } from "../../../src/databases/postgres/listener.ts";
import { NOWHERE, placeOf } from "../../../src/databases/postgres/place.ts";
import type { Database } from "../../../src/database.ts";
import { SYSTEM_TIMERS } from "../../../src/internal/time/timers.ts";
import { failure } from "./suite.ts";

const REFUSED = "postgres://ann:hunter2@127.0.0.1:1/site";
const MESSAGE = "The database could not be reached at 127.0.0.1:1: ECONNREFUSED";

async function messages(database: Database): Promise<string[]> {
  const errors = [
    await failure(database.read("select 1", [])),
    await failure(database.query("select 1", [])),
  ];
  await database.close();
  assert.deepEqual(errors.map(({ code }) => code), ["database_unavailable", "database_unavailable"]);
  return errors.map(({ message }) => message);
}

/** The address as postgres.js parses the URL. */
const placeIn = (url: string): string => placeOf(url, postgres(url).options).address;

describe("an unreachable database", () => {
  it("is reported with its port and the reason, for reads and for transactions", async () => {
    assert.deepEqual(await messages(createPostgresDatabase(REFUSED)), [MESSAGE, MESSAGE]);
    const instance = postgres(REFUSED);
    const own = createPostgresDatabase(instance, { ownConnections: true });
    assert.deepEqual(await messages(own), [MESSAGE, MESSAGE]);
    assert.equal((await failure(createPostgresDatabase(instance).read("select 1", []))).message, MESSAGE);
  });

  it("is reported when its host name does not exist", async () => {
    const expected = /^The database could not be reached at nowhere\.invalid:5432: (?:ENOTFOUND|EAI_AGAIN)$/;
    for (
      const message of await messages(createPostgresDatabase("postgres://ann:hunter2@nowhere.invalid/site"))
    ) {
      assert.match(message, expected);
    }
  });

  it("is reported with the demand for TLS, which a server without it answers by a reset", async () => {
    // As a Postgres with `ssl = off`: "N" to the question whether it speaks TLS, then an end to what follows.
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write("N");
        socket.once("data", () => socket.resetAndDestroy());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const url = `postgres://ann:hunter2@127.0.0.1:${port}/site?sslmode`;
      const where = `The database could not be reached at 127.0.0.1:${port}`;
      for (const mode of ["require", "verify-full"]) {
        for (const message of await messages(createPostgresDatabase(`${url}=${mode}`))) {
          assert.equal(message, `${where} over TLS: ECONNRESET`);
        }
      }
      // This mode falls back to a connection without TLS.
      for (const message of await messages(createPostgresDatabase(`${url}=prefer`))) {
        assert.ok(message.startsWith(`${where}: `), message);
      }
    } finally {
      server.close();
    }
  });

  it("is reported by the feed", async () => {
    const message = await new Promise<string>((resolve) => {
      openPostgresListener(REFUSED, "channel", {
        onListening: () => resolve("listening"),
        onMessage: () => {},
        onLost: (error) => resolve(String((error as Error | undefined)?.message)),
      }, SYSTEM_TIMERS);
    });
    assert.equal(message, MESSAGE);
  });
});

describe("placeOf", () => {
  it("handles the default port, several hosts and Unix sockets", () => {
    assert.equal(placeIn("postgres://ann@db.internal/site"), "db.internal:5432");
    assert.equal(placeIn("postgres://ann:pw@one:1,two:2/site"), "one:1, two:2");
    assert.equal(placeOf({}, { path: "/run/.s.PGSQL.5432", host: ["/run"] }).address, "/run/.s.PGSQL.5432");
    assert.deepEqual(placeOf({}, undefined), NOWHERE);
  });

  it("is empty where a part of the password may be parsed as the host", () => {
    for (const password of ["hun@ter2", "hun@5:5@ter2", "5/hunter2", "5?hunter2", "5@h/unter2"]) {
      const url = `postgres://ann:${password}@db.internal/site`;
      assert.equal(placeIn(url), "", url);
    }
    assert.equal(placeIn("postgres://ann:hun%40ter2@db.internal/site"), "db.internal:5432");
    for (const url of ["postgres://ann:hun@ter2@one,two/site", "postgres://ann:hun@ter2:5@one,two/site"]) {
      assert.equal(placeOf({}, postgres(url).options).address, "", "an instance of the application");
    }
  });
});
