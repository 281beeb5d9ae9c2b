/** The page: shows the data of `/api/me` and of the socket, and submits its forms. */

import { LiveSocket } from "./live_socket.js";

const LOG_LENGTH = 30;

/** The messages for the user; djauth's codes are for programs. */
const REASONS = {
  not_authenticated: "Nobody is signed in.",
  session_ended: "This login has been ended.",
  session_expired: "This login has expired.",
  password_changed: "The password was changed elsewhere: log in with the new one.",
  user_inactive: "This account has been deactivated.",
  user_not_found: "This account has been deleted.",
};
const PROBLEMS = {
  invalid_credentials: "That name and password do not match.",
  wrong_old_password: "The old password is wrong.",
  user_exists: "That name is taken.",
  database_unavailable: "The database is away. Please try again.",
};

const byId = (id) => document.getElementById(id);
const show = (id, isShown) => byId(id).hidden = !isShown;

/** Sends the page's requests one after another: a response may set a cookie that the next request needs. */
let last = Promise.resolve();
function inTurn(work) {
  const turn = last.then(work);
  last = turn.catch(() => {});
  return turn;
}

async function request(path, options) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(body.detail ?? response.statusText), { code: body.code });
  return body;
}

function post(path, form) {
  return inTurn(async () => {
    // Requested each time: a login, here or on another server, creates a new token.
    const { csrfToken } = await request("/api/csrf");
    return await request(path, { method: "POST", body: form, headers: { "X-CSRFToken": csrfToken } });
  });
}

/** Requests and shows who is signed in; returns `true` if somebody is. */
async function refresh() {
  const me = await inTurn(() => request("/api/me"));
  showSites(me);
  showUser(me.user);
  showValues(me.session);
  tell(me.refusal);
  return me.user !== null;
}

/** Shows why nobody is signed in; a more specific reason is not replaced by `not_authenticated`. */
function tell(reason) {
  const said = byId("refusal").textContent;
  if (said !== "" && reason === "not_authenticated") return;
  byId("refusal").textContent = REASONS[reason] ?? "";
}

function showSites({ runtime, sites }) {
  byId("runtime").textContent = runtime;
  const own = runtime.split(" ")[0];
  const links = Object.entries(sites).map(([name, port]) => {
    // Always the same host: cookies belong to a host, whatever the port.
    const link = Object.assign(document.createElement("a"), { textContent: name });
    link.href = `http://${location.hostname}:${port}/`;
    if (name === own) link.setAttribute("aria-current", "page");
    return link;
  });
  if (sites.Django !== undefined) {
    const admin = Object.assign(document.createElement("a"), { textContent: "Admin" });
    admin.href = `http://${location.hostname}:${sites.Django}/admin/`;
    links.push(admin);
  }
  byId("sites").replaceChildren(...links);
  byId("django-note").textContent = sites.Django === undefined
    ? "Django is not running, since Python is missing; its tables exist."
    : "It knows the users signed in to Django, and Django knows those signed in here.";
}

function showUser(user) {
  for (const id of ["me", "session"]) show(id, user !== null);
  for (const id of ["login", "register"]) show(id, user === null);
  for (const id of ["echo", "close-others"]) show(id, user !== null);
  if (user === null) return;
  byId("avatar").textContent = user.username[0].toUpperCase();
  byId("username").textContent = user.username;
  byId("email").textContent = user.email || "no e-mail address";
  byId("user-id").textContent = user.id;
  byId("last-login").textContent = user.last_login ? new Date(user.last_login).toLocaleString() : "never";
  show("staff", user.is_staff);
  document.querySelector("#password [name=username]").value = user.username;
}

function showValues({ counter, note }) {
  byId("counter").value = counter;
  // A note that is being edited is not overwritten.
  if (document.activeElement !== byId("note")) byId("note").value = note;
}

function log(text, kind = "event") {
  const line = Object.assign(document.createElement("li"), { className: kind, textContent: text });
  const list = byId("log");
  list.append(line);
  while (list.children.length > LOG_LENGTH) list.firstChild.remove();
  list.scrollTop = list.scrollHeight;
}

const STATES = { connecting: "connecting …", open: "open", waiting: "waiting", closed: "closed" };

const live = new LiveSocket(new URL("/live", location.href.replace(/^http/, "ws")), {
  settled: () => last,
  onState({ name, code, reason, pause }) {
    const state = document.querySelector(".state");
    state.dataset.state = name;
    byId("state").textContent = name === "waiting" ? `again in ${(pause / 1000).toFixed(1)} s` : STATES[name];
    if (name !== "connecting") byId("close-code").textContent = code === undefined ? "" : `${code} ${reason}`;
    if (code !== undefined) log(`closed with ${code} ${reason}`);
    if (name === "open") log("open");
    if (name !== "open") byId("clock").textContent = "–:–:–";
    show("reconnect", name === "closed");
  },
  onMessage(data) {
    const message = JSON.parse(data);
    if (message.session !== undefined) showValues(message.session);
    if (message.type === "clock") byId("clock").textContent = new Date(message.now).toLocaleTimeString();
    if (message.type === "user") showUser(message.user);
    if (message.type === "closed") {
      log(`other sockets closed: ${message.sockets}, on ${message.nodes} servers`);
    }
    if (message.type === "echo") log(`${message.from}: ${message.text}`, "echo");
  },
  async onSignedOut(reason) {
    // Another tab may be changing the password: its response is about to set the new cookie.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const isSignedIn = await refresh();
    if (isSignedIn) return true;
    // The second refusal only means that the cookie is gone; this is why.
    byId("close-code").textContent = `4401 ${reason}`;
    tell(reason);
    return false;
  },
});

async function submit(form) {
  const message = form.querySelector(".message");
  const { action, done = "", keep, reconnect } = form.dataset;
  const buttons = form.querySelectorAll("button");
  const say = (text, isError) => {
    if (message === null) return;
    message.textContent = text;
    message.classList.toggle("good", !isError);
  };
  for (const button of buttons) button.disabled = true;
  say("", false);
  try {
    await post(action, new URLSearchParams(new FormData(form)));
    if (keep === undefined) form.reset();
    say(done, false);
    await refresh();
    // The socket was opened for the previous user.
    if (reconnect !== undefined) live.open();
  } catch (error) {
    say(PROBLEMS[error.code] ?? error.message, true);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

for (const form of document.querySelectorAll("form[data-action]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(form);
  });
}
byId("echo").addEventListener("submit", (event) => {
  event.preventDefault();
  if (live.send(byId("echo-text").value)) event.target.reset();
});
byId("count").addEventListener("click", () => live.send("count"));
byId("close-others").addEventListener("click", () => live.send("close others"));
byId("reconnect").addEventListener("click", () => live.open());
// On returning from another tab, the login may have changed.
document.addEventListener("visibilitychange", () => document.hidden || refresh().catch(() => {}));

refresh().catch((error) => log(error.message)).finally(() => live.open());
