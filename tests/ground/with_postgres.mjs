/**
 * Runs a command with a PostgreSQL server, whose address is in its DATABASE_URL:
 *
 *     node tests/ground/with_postgres.mjs -- deno test -A tests/unit/stores
 *
 * If DATABASE_URL is set already, that server is used and none is started.
 */

import process from "node:process";
import { MissingPrerequisite } from "./missing_prerequisite.mjs";
import { startPostgres } from "./postgres.mjs";
import { commandLine, runCommand } from "./run_command.mjs";

const command = commandLine();
if (process.env.DATABASE_URL) process.exit(await runCommand(command, {}));
try {
  const server = await startPostgres();
  const status = await runCommand(command, { DATABASE_URL: server.url });
  await server.stop();
  process.exit(status);
} catch (error) {
  if (!(error instanceof MissingPrerequisite)) throw error;
  console.error(error.message);
  process.exit(1);
}
