/** Prints the errors of reading, writing and listening when Deno does not allow access to the database. */

import process from "node:process";
import { createPostgresDatabase } from "../../../src/databases/postgres/database.ts";
import { openPostgresListener } from "../../../src/databases/postgres/listener.ts";
import { SYSTEM_TIMERS } from "../../../src/internal/time/timers.ts";

const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(() => new Error("it succeeded"), (error) => error);

const url = process.argv[2]!;
const database = createPostgresDatabase(url, { deadline: 5 });
const errors = [
  await failure(database.read("select 1", [])),
  await failure(database.query("select 1", [])),
  await new Promise<Error>((onLost) => {
    const handlers = { onLost, onListening: () => {}, onMessage: () => {} };
    openPostgresListener(url, "channel", handlers, SYSTEM_TIMERS);
  }),
];
await database.close();
console.log(JSON.stringify(errors.map((error) => `${error.name}: ${error.message}`)));
