/** One statement deletes thousands of sessions, more than a notification holds: their sockets close, and no others. */

import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import postgres from "postgres";
import { needsOracle } from "../ground/oracle.ts";
import { until } from "./crowd.ts";
import { django, EventLog, newPerson, served, siteAuth } from "./site.ts";
import { upgrade } from "./wire.ts";

/** More than 2,000 deleted rows are reported without their keys. */
const EXPIRED = 2500;
/** Expired sessions that have a socket. */
const LEAVING = 20;

describe("clearsessions", needsOracle, () => {
  test("of thousands of sessions closes their sockets and no others, by the feed alone", async () => {
    const log = new EventLog();
    const auth = siteAuth({ sockets: { revalidateInterval: 0 }, onEvent: log.listen });
    await auth.triggers.install();
    const sql = postgres(process.env.ORACLE_DATABASE_URL ?? "", { max: 1 });
    const websocket = { message: (socket: { send(text: string): void }) => socket.send("here") };
    await served(auth, { websocket }, async ({ url, host }) => {
      const person = await newPerson();
      const keyOf = (): Promise<string> => django().createSession({ user: person.pk });
      const open = (key: string) =>
        upgrade(host, { headers: [["cookie", `sessionid=${key}`], ["origin", url]] });
      const leaving = await Promise.all(Array.from({ length: LEAVING }, keyOf));
      const leavers = await Promise.all(leaving.map(open));
      const stays = await open(await keyOf());
      await until(() => log.all.some(({ type }) => type === "sockets.revalidated"));
      assert.equal(auth.sockets.count, LEAVING + 1);
      await sql`
        insert into django_session
        select md5(random()::text), '', now() - interval '1 minute' from generate_series(1, ${EXPIRED}::int)`;
      for (const key of leaving) await django().expireSession(key);
      const looked = log.all.length;
      await django().clearExpired();
      const ends = await Promise.all(leavers.map(({ ended }) => ended));
      assert.deepEqual(ends, leavers.map(() => ({ code: 4401, reason: "session_ended" })));
      // A notification that names sessions would not have caused a revalidation.
      await until(() => log.all.slice(looked).some(({ type }) => type === "sockets.revalidated"));
      assert.ok(log.all.slice(looked).some(({ type }) => type === "sockets.revalidated"));
      assert.equal(auth.sockets.count, 1);
      stays.send("are you there?");
      assert.equal(await stays.receive(), "here");
      await stays.close();
    }).finally(() => sql.end());
  });
});
