/** An exception that Django raised while answering a question. */

/** `type` is the name of its class. */
export class OracleError extends Error {
  readonly type: string;

  constructor(op: string, type: string, message: string) {
    super(`${op}: ${type}: ${message}`);
    this.type = type;
  }
}
