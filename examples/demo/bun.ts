/** The demo on Bun. */

import { attach } from "djauth/bun";
import { auth, fetch, port } from "./app.ts";
import { websocket } from "./live.ts";

Bun.serve(attach(auth, { hostname: "127.0.0.1", port, fetch, websocket }));
