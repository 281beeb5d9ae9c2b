/**
 * djauth's counters in the format of Prometheus. For OpenTelemetry, pass the same numbers to an observable counter.
 *
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… bun examples/metrics.ts
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… deno serve -A examples/metrics.ts
 */

import process from "node:process";
import { djangoAuth, type Handler } from "djauth";

/** The time from the notice that a login has ended to the close frame. */
const revocations = { count: 0, seconds: 0 };

const auth = djangoAuth({
  secretKey: process.env.DJANGO_SECRET_KEY!,
  database: process.env.DATABASE_URL!,
  onEvent(event) {
    if (event.type === "auth.revoked") {
      revocations.count += 1;
      revocations.seconds += event.milliseconds / 1000;
    }
    // With a listener, djauth prints no errors itself.
    if (event.type === "error" || event.type === "auth.unavailable") console.error(event.error);
  },
});

function metrics(): Response {
  const lines = [
    "# HELP djauth_events_total Events since the start.",
    "# TYPE djauth_events_total counter",
    // Types and codes are djauth's own words: clients cannot add lines, and nothing needs escaping.
    ...auth.counts().map(({ type, code, count }) =>
      `djauth_events_total{type="${type}",code="${code}"} ${count}`
    ),
    "# HELP djauth_sockets Open sockets.",
    "# TYPE djauth_sockets gauge",
    `djauth_sockets ${auth.sockets.count}`,
    "# HELP djauth_revocation_seconds From the notice that a login has ended to the close of its socket.",
    "# TYPE djauth_revocation_seconds summary",
    `djauth_revocation_seconds_sum ${revocations.seconds}`,
    `djauth_revocation_seconds_count ${revocations.count}`,
  ];
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  return new Response(`${lines.join("\n")}\n`, { headers });
}

// Block `/metrics` in your proxy: the numbers reveal how many users there are.
const routes: Record<string, Handler> = {
  "/metrics": metrics,
  "/": auth.userRequired((_request, _context, user) => new Response(`Hello ${user.username}\n`)),
};

// Bun and Deno both serve the default export of the main module.
export default {
  fetch: (request: Request): Promise<Response> =>
    // Routed inside: `new URL()` throws for a malformed URL, and Bun would then show its development page.
    auth.handle(request, (request, context) => {
      const handler = routes[new URL(request.url).pathname];
      return handler?.(request, context) ?? new Response("Not found\n", { status: 404 });
    }),
};
