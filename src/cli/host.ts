/** What a command may ask of the process that runs it. */

/** The environment and the streams of a process. */
export interface CommandHost {
  /** A variable of the environment. */
  env(name: string): string | undefined;
  /** Writes to standard output: what was asked for, and nothing else. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
}
