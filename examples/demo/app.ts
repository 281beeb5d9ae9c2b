/**
 * The application of both demo servers: one page, a few endpoints for its script, and one socket. Nothing here depends
 * on the runtime; `bun.ts` and `deno.ts` differ only in the serve call.
 */

import process from "node:process";
import { djangoAuth, type Handler, type RequestContext } from "djauth";
import { pageFile } from "./page_files.ts";

/** Shares the login: with the secret key and the database of the Django site. */
export const auth = djangoAuth({
  secretKey: process.env.DJANGO_SECRET_KEY!,
  database: process.env.DATABASE_URL!,
  allowedHosts: ["127.0.0.1", "localhost"],
});

/** The port to listen on. */
export const port = Number(process.env.PORT ?? 3000);

/** The ports of the servers by name, for the links on the page. */
const sites: unknown = JSON.parse(process.env.DEMO_SITES ?? "{}");

/** djauth accepts any password: as in Django, the application decides which ones are strong enough. */
const SHORTEST_PASSWORD = 8;
const TOO_SHORT = `A password needs at least ${SHORTEST_PASSWORD} characters.`;

/** The session values shown on this page and on Django's home page. */
export interface Values {
  readonly counter: number;
  readonly note: string;
}

/** Returns the values of a session; all others in it are Django's and stay unchanged. */
export function valuesOf(session: { get(name: string): unknown }): Values {
  return { counter: Number(session.get("counter") ?? 0), note: String(session.get("note") ?? "") };
}

/** Returns who is signed in. */
async function me(context: RequestContext): Promise<Response> {
  const user = await context.user();
  return Response.json({
    runtime: navigator.userAgent.replace("/", " "),
    sites,
    user,
    refusal: await context.refusal(),
    session: valuesOf(await context.session()),
  });
}

async function register(context: RequestContext): Promise<Response> {
  const form = await context.formData();
  if (text(form, "username") === "") return refused("A username is needed.");
  if (text(form, "password").length < SHORTEST_PASSWORD) return refused(TOO_SHORT);
  const user = await auth.register(context, {
    username: text(form, "username"),
    email: text(form, "email"),
    password: text(form, "password"),
  });
  await auth.login(context, user);
  return Response.json(user);
}

async function logIn(context: RequestContext): Promise<Response> {
  // First, so that no other site's page can make this server hash passwords.
  await context.requireCsrf();
  const form = await context.formData();
  const user = await auth.authenticate({
    username: text(form, "username"),
    password: text(form, "password"),
  });
  return Response.json(await auth.login(context, user));
}

async function logOut(context: RequestContext): Promise<Response> {
  await auth.logout(context);
  return Response.json({});
}

async function changePassword(context: RequestContext): Promise<Response> {
  const form = await context.formData();
  const passwords = { oldPassword: text(form, "old_password"), newPassword: text(form, "new_password") };
  if (passwords.newPassword.length < SHORTEST_PASSWORD) return refused(TOO_SHORT);
  await auth.changePassword(context, passwords);
  return Response.json({});
}

/** Changes a value over HTTP; the counter is changed over the socket. */
async function setNote(context: RequestContext): Promise<Response> {
  await context.requireCsrf();
  const session = await context.session();
  session.set("note", text(await context.formData(), "note"));
  return Response.json(valuesOf(session));
}

/** Responds with an error that the user can fix, which the page shows. */
function refused(detail: string): Response {
  return Response.json({ code: "invalid", detail }, { status: 400 });
}

function text(form: FormData, name: string): string {
  return String(form.get(name) ?? "");
}

const ROUTES: Readonly<Record<string, (context: RequestContext) => Promise<Response>>> = {
  "GET /api/me": me,
  "GET /api/csrf": async (context) => Response.json({ csrfToken: await context.csrfToken() }),
  "POST /api/register": register,
  "POST /api/login": logIn,
  "POST /api/logout": logOut,
  "POST /api/password": changePassword,
  "POST /api/note": setNote,
};

/** Handles requests. Uncaught errors of djauth become problem responses, which the page reads. */
export const fetch: Handler = async (request, context) => {
  const { pathname } = new URL(request.url);
  const route = ROUTES[`${request.method} ${pathname}`];
  if (route === undefined) return await pageFile(pathname) ?? new Response("Not found\n", { status: 404 });
  const response = await route(context);
  response.headers.set("cache-control", "no-store");
  return response;
};
