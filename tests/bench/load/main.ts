/** The load generator, a separate process on Bun: reads a job per line and prints a result per line. */

import { createInterface } from "node:readline";
import process from "node:process";
import { type BearerJob, makeTokens, runBearer, type TokensJob } from "./bearer_load.ts";
import { type HttpJob, runHttp } from "./http_load.ts";
import { type RevocationJob, runRevocation } from "./revocation_load.ts";
import { closeSockets, runSockets, type SocketJob } from "./socket_load.ts";

type Job = HttpJob | TokensJob | BearerJob | SocketJob | RevocationJob | { readonly kind: "close" };

function run(job: Job): Promise<object> {
  switch (job.kind) {
    case "http":
      return runHttp(job);
    case "tokens":
      return makeTokens(job);
    case "bearer":
      return runBearer(job);
    case "sockets":
      return runSockets(job);
    case "revoke":
      return runRevocation(job);
    case "close":
      return closeSockets();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await run(JSON.parse(line)).catch((error) => ({ error: String(error) }));
  console.log(JSON.stringify(result));
}
