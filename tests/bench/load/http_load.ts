/** Requests over keep-alive connections, one at a time on each. Every response is compared with the expected one. */

import { answerTo, HTTP_VISITORS, sessionKeyOf } from "../site.ts";
import { connect, type Connection, headersOf, textOf } from "./connection.ts";

/** Options of a run of requests. */
export interface Run {
  readonly port: number;
  readonly connections: number;
  /** Duration of the run; the alternative is `requests`. */
  readonly seconds?: number;
  /** Number of requests to make. */
  readonly requests?: number;
}

/** A run of requests with session cookies. */
export interface HttpJob extends Run {
  readonly kind: "http";
  /** Whether the answers depend on the visitor. */
  readonly personal: boolean;
}

/** The result of a run. */
export interface HttpResult {
  readonly perSecond: number;
}

/** A visitor's request, and the expected end of the response. */
export interface Exchange {
  readonly request: Uint8Array;
  readonly ending: string;
}

/** Seconds before a timed run counts, for connecting and compiling. */
const WARM_UP = 0.2;

interface Client {
  exchange: Exchange;
  /** The start of a response that arrived in pieces. */
  begun: string;
}

/** Runs the job with {@link runExchanges}. */
export function runHttp(job: HttpJob): Promise<HttpResult> {
  return runExchanges(job, exchangesOf(job));
}

/**
 * Makes these exchanges in turn, repeatedly. Rejects on a wrong response or a closed connection: rates that include
 * errors are meaningless.
 */
export async function runExchanges(job: Run, exchanges: readonly Exchange[]): Promise<HttpResult> {
  let answers = 0;
  let isOver = false;
  let next = 0;
  let end: () => void;
  let fail: (error: Error) => void;
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  ended.catch(() => {});

  function send(connection: Connection<Client>): void {
    const { data } = connection;
    data.exchange = exchanges[next]!;
    next = next + 1 === exchanges.length ? 0 : next + 1;
    connection.write(data.exchange.request);
  }

  const events = {
    data(connection: Connection<Client>, bytes: Uint8Array): void {
      const { data } = connection;
      const text = data.begun + textOf(bytes);
      if (!text.startsWith("HTTP/1.1 200")) return fail(new Error(`Unexpected answer: ${text}`));
      data.begun = "";
      if (!text.endsWith(data.exchange.ending)) {
        data.begun = text;
        if (text.length > 2000) fail(new Error(`Unexpected answer: ${text}`));
        return;
      }
      answers++;
      if (answers === job.requests) end();
      if (!isOver) send(connection);
    },
    close(): void {
      if (!isOver) fail(new Error("The server closed a connection"));
    },
    error(_connection: Connection<Client>, error: Error): void {
      fail(error);
    },
  };

  const connections = await Promise.all(
    Array.from(
      { length: job.connections },
      () => connect<Client>(job.port, { exchange: exchanges[0]!, begun: "" }, events),
    ),
  );
  try {
    connections.forEach(send);
    if (job.seconds !== undefined) await Promise.race([ended, pause(WARM_UP)]);
    const before = answers;
    const start = performance.now();
    await (job.seconds === undefined ? ended : Promise.race([ended, pause(job.seconds)]));
    return { perSecond: (answers - before) / (performance.now() - start) * 1000 };
  } finally {
    isOver = true;
    for (const connection of connections) connection.terminate();
  }
}

function exchangesOf({ port, personal }: HttpJob): Exchange[] {
  return Array.from({ length: HTTP_VISITORS }, (_, index) => {
    const id = index + 1;
    return {
      request: new TextEncoder().encode(`GET / HTTP/1.1\r\n${headersOf(port, sessionKeyOf(id))}\r\n\r\n`),
      ending: `\r\n\r\n${JSON.stringify(answerTo(personal ? id : 1))}`,
    };
  });
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
