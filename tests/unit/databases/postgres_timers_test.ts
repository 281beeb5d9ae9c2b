/** Deadlines use the given timers: with a silent server, no real time has to pass. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import postgres from "postgres";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import { FakeTime } from "./fake_time.ts";
import { failure } from "./suite.ts";

/** In seconds. */
const DEADLINE = 3600;

describe("the timers of a database that never answers", () => {
  for (const ownConnections of [true, false]) {
    it(`end queries over ${ownConnections ? "connections of its own" : "an instance"}`, async () => {
      const sockets: Socket[] = [];
      const server = createServer((socket) => void sockets.push(socket.on("error", () => {})));
      await once(server.listen(0, "127.0.0.1"), "listening");
      const client = postgres(`postgres://ann@127.0.0.1:${(server.address() as AddressInfo).port}/site`);
      const timers = new FakeTime();
      const database = createPostgresDatabase(client, { deadline: DEADLINE, ownConnections, timers });
      const codes: unknown[] = [];
      const note = async (work: Promise<unknown>): Promise<void> =>
        void codes.push((await failure(work)).code);
      const asked = [note(database.read("select 1", [])), note(database.query("select 1", []))];
      await timers.advance((DEADLINE - 1) * 1000);
      assert.deepEqual(codes, []);
      // At most a twentieth late.
      await timers.advance(DEADLINE * 1000 / 20 + 1000);
      assert.deepEqual(codes, ["database_unavailable", "database_unavailable"]);
      await Promise.all(asked);
      // The timers of lost connections and of the check for waiting queries.
      await timers.advance(DEADLINE * 1000);
      assert.equal(timers.pending, 0);
      await Promise.all([database.close(), client.end({ timeout: 0 })]);
      for (const socket of sockets) socket.destroy();
      server.close();
    });
  }
});
