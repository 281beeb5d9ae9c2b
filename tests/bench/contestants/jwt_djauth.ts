/** djauth trusting the token's claims alone, as the other contestants do: no query is made. */

import { djangoAuth, type RequestContext } from "../../../mod.ts";
import { attach as attachBun } from "../../../src/adapters/bun.ts";
import { attach as attachDeno } from "../../../src/adapters/deno.ts";
import { SECRET_KEY } from "../site.ts";
import { databaseUrl, IS_BUN, LISTEN, ready, runtime } from "./contestant.ts";
import { ALGORITHM, KEY } from "./jwt_key.ts";

const auth = djangoAuth({
  secretKey: SECRET_KEY,
  database: databaseUrl(),
  allowedHosts: ["127.0.0.1"],
  jwt: ALGORITHM === "RS256" ? { algorithm: ALGORITHM, verifyingKey: KEY } : { algorithm: ALGORITHM },
});

const options = {
  ...LISTEN,
  async fetch(_request: Request, context: RequestContext): Promise<Response> {
    const user = await context.userFromClaimsAlone();
    return user === null ? new Response(null, { status: 401 }) : Response.json({ id: user.id });
  },
};

if (IS_BUN) ready(runtime.Bun.serve(attachBun(auth, options)).port);
else ready(runtime.Deno.serve(attachDeno(auth, options)).addr.port);
