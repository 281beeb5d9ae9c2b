/**
 * Runs a command with PostgreSQL and both oracles, whose addresses are in its environment:
 *
 *     node tests/ground/with_ground.mjs -- bun test ./tests/e2e
 *
 * Uses the server of DATABASE_URL if that is set.
 */

import process from "node:process";
import { startGround } from "./ground.mjs";
import { commandLine, runCommand } from "./run_command.mjs";

const command = commandLine();
const ground = await startGround(console.error);
for (const line of ground.missing) console.error(line);
const status = await runCommand(command, ground.env);
await ground.stop();
process.exit(status);
