/**
 * Register, log in, change the password, log out: forms that work without a script. Django's CSRF rules apply to each.
 *
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… bun examples/register_and_login.ts
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… deno serve -A examples/register_and_login.ts
 */

import process from "node:process";
import { AuthenticationError, djangoAuth, InvalidUser, type RequestContext, UserExists } from "djauth";

const auth = djangoAuth({
  secretKey: process.env.DJANGO_SECRET_KEY!,
  database: process.env.DATABASE_URL!,
});

const seeOther = (location: string): Response => new Response(null, { status: 303, headers: { location } });

async function register(context: RequestContext): Promise<Response> {
  const form = await context.formData();
  // Name what a visitor may set. register() refuses further columns (`is_staff`), unless your code lists them in `fields`.
  const user = await auth.register(context, {
    username: text(form, "username"),
    password: text(form, "password"),
  });
  await auth.login(context, user);
  return seeOther("/");
}

async function logIn(context: RequestContext): Promise<Response> {
  // First, so that no other site's page can make this server hash passwords.
  await context.requireCsrf();
  const form = await context.formData();
  const user = await auth.authenticate({ username: form.get("username"), password: form.get("password") });
  await auth.login(context, user);
  // Never an open redirect: `?next=` counts only if it stays on this site.
  return seeOther(await auth.safeNext(context, "/"));
}

async function changePassword(context: RequestContext): Promise<Response> {
  const form = await context.formData();
  // This session continues under a new key; the user's other sessions end.
  await auth.changePassword(context, {
    oldPassword: text(form, "old_password"),
    newPassword: text(form, "new_password"),
  });
  return seeOther("/");
}

async function logOut(context: RequestContext): Promise<Response> {
  await auth.logout(context);
  return seeOther("/");
}

async function page(context: RequestContext, message = ""): Promise<Response> {
  const user = await context.user();
  const token = await context.csrfToken();
  const forms = user === null
    ? form("login", token, "username", "password") + form("register", token, "username", "password")
    : form("password", token, "old_password", "new_password") + form("logout", token);
  const body = `<!doctype html><title>djauth</title><p>You are ${escapeHtml(user?.username ?? "a stranger")}.
    <p role="alert">${escapeHtml(message)}</p>${forms}`;
  const headers = { "content-type": "text/html; charset=utf-8" };
  return new Response(body, { status: message === "" ? 200 : 400, headers });
}

function form(action: string, token: string, ...names: string[]): string {
  const inputs = names.map((name) => {
    const type = name.endsWith("password") ? "password" : "text";
    return `<label>${name} <input name="${name}" type="${type}" required></label> `;
  });
  return `<form method="post" action="/${action}">
    <input type="hidden" name="csrfmiddlewaretoken" value="${token}">
    ${inputs.join("")}<button>${action}</button></form>`;
}

/** Returns a field; a missing one is empty, since `String(null)` would be the password "null". */
function text(form: FormData, name: string): string {
  return String(form.get(name) ?? "");
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const POST: Record<string, (context: RequestContext) => Promise<Response>> = {
  "/register": register,
  "/login": logIn,
  "/password": changePassword,
  "/logout": logOut,
};

async function answer(request: Request, context: RequestContext): Promise<Response> {
  const action = request.method === "POST" ? POST[new URL(request.url).pathname] : undefined;
  if (action === undefined) return await page(context);
  try {
    return await action(context);
  } catch (error) {
    // Errors that the user can fix are shown on the page; all others become problem responses.
    if (error instanceof UserExists) return await page(context, "That name is taken");
    if (error instanceof InvalidUser) return await page(context, error.message);
    if (error instanceof AuthenticationError) return await page(context, "That password does not match");
    throw error;
  }
}

// Bun and Deno both serve the default export of the main module.
export default {
  fetch: (request: Request): Promise<Response> => auth.handle(request, answer),
};
