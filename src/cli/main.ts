/** The command `djauth`. */

import { DjauthError } from "../errors.ts";
import { HELP, TRIGGERS_HELP } from "./help.ts";
import type { CommandHost } from "./host.ts";
import { parseTriggerOptions, UsageError } from "./options.ts";
import { runTriggers } from "./triggers.ts";

/**
 * Runs the command.
 *
 * @param args the arguments after its name
 * @returns the exit status: 0, 1 if it failed, 2 for invalid arguments or options
 */
export async function main(args: readonly string[], host: CommandHost): Promise<number> {
  const [topic, ...rest] = args;
  if (topic === undefined || topic === "help" || topic === "--help" || topic === "-h") {
    host.out(HELP);
    return topic === undefined ? 2 : 0;
  }
  try {
    if (topic !== "triggers") throw new UsageError(`The command is "${topic}", expected "triggers"`);
    const options = parseTriggerOptions(rest);
    if (options !== "help") return await runTriggers(options, host);
    host.out(TRIGGERS_HELP);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      host.err(
        `djauth: ${error.message}\nSee: djauth ${topic === "triggers" ? "triggers --help" : "--help"}\n`,
      );
      return 2;
    }
    if (!(error instanceof DjauthError)) throw error;
    host.err(`djauth: ${error.message} (${error.code})\n`);
    return error.code === "improperly_configured" ? 2 : 1;
  }
}
