/** The demo on Deno. */

import { attach } from "djauth/deno";
import { auth, fetch, port } from "./app.ts";
import { websocket } from "./live.ts";

Deno.serve(attach(auth, { hostname: "127.0.0.1", port, onListen() {}, fetch, websocket }));
