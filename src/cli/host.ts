/** The port between the command and the process that runs it. */

/** The environment and the streams of a process. */
export interface CommandHost {
  /** Returns a variable of the environment. */
  env(name: string): string | undefined;
  /** Writes to standard output: only the requested result. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /**
   * Writes a new file.
   *
   * @throws {Error} the runtime's error if it exists or cannot be written
   */
  write(path: string, text: string): void;
}
