/** How the runtimes' own `WebSocket` sees an upgrade: protocols, and refusals by close code or over HTTP. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { IS_DENO } from "./serve.ts";
import { newPerson, served } from "./site.ts";
import { bearer, djangoToken, ECHO, tokenAuth } from "./token_site.ts";

/** What a client sees of its socket: the first message or the close event. */
interface Sight {
  readonly protocol: string;
  readonly message: string | null;
  readonly code: number | null;
  readonly reason: string | null;
}

describe("the runtime's own WebSocket", needsOracle, () => {
  for (
    const [offered, protocol] of [
      [(token: string) => ["djauth", token], "djauth"],
      [(token: string) => ["chat.v1", "chat.v2", token], "chat.v2"],
      [(token: string) => [token, "chat.v1"], "chat.v1"],
    ] as const
  ) {
    test(`opens with a token beside ${protocol}, and gets that protocol`, async () => {
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

  test("gets the reason of a refusal by close code, but not of one over HTTP", async () => {
    const token = await djangoToken(await newPerson());
    const forged = { headers: bearer(token.slice(0, -4) + "AAAA") };
    const refused = { protocol: "", message: null };
    await served(tokenAuth(), { websocket: ECHO }, async ({ host }) => {
      assert.deepEqual(await seen(host, forged), { ...refused, code: 4401, reason: "token_invalid" });
    });
    await served(tokenAuth(), { websocket: { ...ECHO, rejectWith: "http" } }, async ({ host }) => {
      const { code, reason, message } = await seen(host, forged);
      // The runtimes use different codes when no close frame came.
      assert.equal(code, IS_DENO ? 0 : 1006);
      assert.equal(message, null);
      assert.doesNotMatch(reason ?? "", /token_invalid/);
    });
  });
});

/** Opens a socket, and returns what its first event shows. */
async function seen(
  host: string,
  options: { protocols?: string[]; headers?: Record<string, string> },
): Promise<Sight> {
  // Both runtimes accept headers, which are not in the standard.
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
