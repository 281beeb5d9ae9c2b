/**
 * Tokens of simplejwt: obtained, refreshed and ended at its own paths, and valid like any other login.
 *
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… bun examples/tokens.ts
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… deno serve -A examples/tokens.ts
 *
 *     curl -d username=ada -d password=… http://localhost:3000/api/token/
 *     curl -H "Authorization: Bearer …" http://localhost:3000/
 */

import process from "node:process";
import { djangoAuth } from "djauth";

const auth = djangoAuth({
  secretKey: process.env.DJANGO_SECRET_KEY!,
  database: process.env.DATABASE_URL!,
  // As in the site's SIMPLE_JWT; the grace is for two tabs that refresh at the same time.
  jwt: {
    rotateRefreshTokens: true,
    blacklistAfterRotation: true,
    rotationGrace: { seconds: 10, tokens: 3 },
    claims: (user) => ({ username: user.username }),
  },
});

const whoami = auth.userRequired((_request, _context, user) => Response.json({ username: user.username }));

// Bun and Deno both serve the default export of the main module.
export default {
  fetch: (request: Request): Promise<Response> =>
    auth.handle(
      request,
      // /api/token/, refresh/, verify/, blacklist/ and the sliding endpoints; null for every other path.
      (request, context) => auth.tokens.handle(request, context) ?? whoami(request, context),
    ),
};
