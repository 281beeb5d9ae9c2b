/**
 * Guards around handlers, and your own router around djauth.
 *
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… bun examples/guards.ts
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… deno serve -A examples/guards.ts
 */

import process from "node:process";
import { djangoAuth, type Handler } from "djauth";

const auth = djangoAuth({
  secretKey: process.env.DJANGO_SECRET_KEY!,
  database: process.env.DATABASE_URL!,
  loginUrl: "/accounts/login/",
});

const routes: Record<string, Handler> = {
  // Anonymous visitors are redirected to the login page, and return by `?next=`.
  "/": auth.loginRequired((_request, _context, user) => new Response(`Hello ${user.username}\n`)),

  // For scripts: anonymous visitors get 401 with a problem body.
  "/api/me": auth.userRequired((_request, _context, user) => Response.json(user)),

  // Anonymous visitors get 401, users without the flag 403.
  "/api/staff": auth.conditionRequired(
    (user) => user.is_staff,
    (_request, _context, user) => Response.json({ staff: user.username }),
  ),

  // Django's CSRF rules for your own form: a GET passes, a POST needs the token.
  "/api/note": auth.csrfProtect(async (request, context) => {
    const session = await context.session();
    if (request.method === "POST") session.set("note", String((await context.formData()).get("note") ?? ""));
    return Response.json({ note: session.get("note", ""), csrfToken: await context.csrfToken() });
  }),
};

function route(request: Request): Handler {
  return routes[new URL(request.url).pathname] ?? (() => new Response("Not found\n", { status: 404 }));
}

// Bun and Deno both serve the default export of the main module.
export default {
  fetch: (request: Request): Promise<Response> =>
    // Routed inside: `new URL()` throws for a malformed URL, and Bun would then show its development page.
    auth.handle(request, (request, context) => route(request)(request, context)),
};
