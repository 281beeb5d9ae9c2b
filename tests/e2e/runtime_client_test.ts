/** What the runtimes' own `WebSocket` makes of an upgrade: protocols, and refusals by a code or over HTTP. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { IS_DENO } from "./serve.ts";
import { newPerson, served } from "./site.ts";
import { bearer, djangoToken, ECHO, tokenAuth } from "./token_site.ts";

/** How a client sees its socket: the first message or the end. */
interface Sight {
  readonly protocol: string;
  readonly message: string | null;
  readonly code: number | null;
  readonly reason: string | null;
}

describe("a WebSocket of the runtime", needsOracle, () => {
  for (
    const [offered, protocol] of [
      [(token: string) => ["djauth", token], "djauth"],
      [(token: string) => ["chat.v1", "chat.v2", token], "chat.v2"],
      [(token: string) => [token, "chat.v1"], "chat.v1"],
    ] as const
  ) {
    test(`opens by a token beside ${protocol}, and is told that protocol`, async () => {
      const person = await newPerson();
      const token = `djauth.bearer.${await djangoToken(person)}`;
      const websocket = { ...ECHO, protocols: ["chat.v2", "chat.v1"] };
      await served(tokenAuth(), { websocket }, async ({ host }) => {
        assert.deepEqual(await seen(host, { protocols: [...offered(token)] }), {
          ...{ protocol, message: `welcome ${person.username}`, code: null, reason: null },
        });
      });
    });
  }

  test("reads why it was refused by the close code, and cannot over HTTP", async () => {
    const token = await djangoToken(await newPerson());
    const forged = { headers: bearer(token.slice(0, -4) + "AAAA") };
    const refused = { protocol: "", message: null };
    await served(tokenAuth(), { websocket: ECHO }, async ({ host }) => {
      assert.deepEqual(await seen(host, forged), { ...refused, code: 4401, reason: "token_invalid" });
    });
    await served(tokenAuth(), { websocket: { ...ECHO, rejectWith: "http" } }, async ({ host }) => {
      const { code, reason, message } = await seen(host, forged);
      // No close frame came, for which the runtimes have different numbers.
      assert.equal(code, IS_DENO ? 0 : 1006);
      assert.equal(message, null);
      assert.doesNotMatch(reason ?? "", /token_invalid/);
    });
  });
});

/** Opens a socket and looks at what comes first. */
async function seen(
  host: string,
  options: { protocols?: string[]; headers?: Record<string, string> },
): Promise<Sight> {
  // Both runtimes take headers, which the standard does not know.
  const socket = new WebSocket(`ws://${host}/`, options as unknown as string[]);
  const first = await new Promise<MessageEvent | CloseEvent>((resolve) => {
    socket.onmessage = resolve;
    socket.onclose = resolve;
  });
  const { protocol } = socket;
  if (first.type === "close") {
    const { code, reason } = first as CloseEvent;
    return { protocol, message: null, code, reason };
  }
  socket.onclose = null;
  socket.close();
  return { protocol, message: String((first as MessageEvent).data), code: null, reason: null };
}
