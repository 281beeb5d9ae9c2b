/** Valid and invalid values of `sockets`, and its defaults. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SocketsOptions } from "../../../src/auth/options/options.ts";
import { socketSettings } from "../../../src/auth/options/socket_settings.ts";
import { refusal } from "./site.ts";

const PROXIES =
  'expected addresses and networks such as "127.0.0.1" and "10.0.0.0/8", or a number of proxies';
const COUNT = "expected an integer of 1 or more, or Infinity";

const REFUSED: readonly (readonly [sockets: Record<string, unknown>, message: string])[] = [
  [{ max: 0 }, `sockets.max is 0, ${COUNT}`],
  [{ maxPerUser: "5" }, `sockets.maxPerUser is "5", ${COUNT}`],
  [{ maxPerSession: 1.5 }, `sockets.maxPerSession is 1.5, ${COUNT}`],
  [{ maxPerAddress: -1 }, `sockets.maxPerAddress is -1, ${COUNT}`],
  [{ maxAuthenticating: null }, `sockets.maxAuthenticating is null, ${COUNT}`],
  [{ maxWaiting: NaN }, "sockets.maxWaiting is NaN, expected an integer of 0 or more, or Infinity"],
  [{ whenFull: "close" }, 'sockets.whenFull is "close", expected one of "refuse", "replace"'],
  [
    { revalidateInterval: -1 },
    "sockets.revalidateInterval is -1, expected a number of seconds of 0 or more, at most 86400",
  ],
  [
    { outageGrace: Infinity },
    "sockets.outageGrace is Infinity, expected a number of seconds of 0 or more, at most 86400",
  ],
  [
    { authenticationDeadline: 0 },
    "sockets.authenticationDeadline is 0, expected a number of seconds above 0, at most 86400",
  ],
  [{ trustedProxies: 0 }, "sockets.trustedProxies is 0, expected a number of proxies from 1 to 16"],
  [{ trustedProxies: 17 }, "sockets.trustedProxies is 17, expected a number of proxies from 1 to 16"],
  [{ trustedProxies: true }, `sockets.trustedProxies is true, ${PROXIES}`],
  [{ trustedProxies: "10.0.0.1" }, `sockets.trustedProxies is "10.0.0.1", ${PROXIES}`],
  [{ trustedProxies: ["nginx"] }, `sockets.trustedProxies is "nginx", ${PROXIES}`],
  [{ trustedProxies: ["10.0.0.1/8"] }, `sockets.trustedProxies is "10.0.0.1/8", ${PROXIES}`],
  [{ trustedProxies: [7] }, `sockets.trustedProxies is 7, ${PROXIES}`],
  // These would let any client claim any address.
  ...["0.0.0.0/0", "::/0", "::ffff:0:0/96", "::/8"].map((network) =>
    [
      { trustedProxies: ["127.0.0.1", network] },
      `sockets.trustedProxies is "${network}", ${PROXIES} if their addresses are not known`,
    ] as const
  ),
  [{ maxPerUsers: 5 }, "sockets.maxPerUsers is not an option, did you mean sockets.maxPerUser?"],
];

describe("djangoAuth() refuses", () => {
  for (const [sockets, message] of REFUSED) {
    test(message, () => {
      assert.equal(refusal({ sockets }), message);
    });
  }
});

describe("djangoAuth() accepts", () => {
  const taken: readonly SocketsOptions[] = [
    { max: 1, maxPerAddress: Infinity, maxPerSession: 1_000_000, maxPerUser: 5, whenFull: "replace" },
    { maxAuthenticating: Infinity, maxWaiting: 0, authenticationDeadline: 0.1 },
    { trustedProxies: [] },
    { trustedProxies: ["127.0.0.1", "::1", "10.0.0.0/8", "2001:db8::/32"] },
    { trustedProxies: 16 },
  ];
  for (const sockets of taken) {
    test(JSON.stringify(sockets), () => assert.equal(refusal({ sockets }), "taken"));
  }
});

test("by default there are no limits of sockets, but limits of authentication", () => {
  const { limits, whenFull, trustedProxies, ...others } = socketSettings({});
  assert.deepEqual([...limits], []);
  assert.deepEqual([whenFull, trustedProxies], ["refuse", []]);
  assert.deepEqual(others, {
    revalidateInterval: 30,
    outageGrace: 300,
    authenticationDeadline: 10,
    maxAuthenticating: 2000,
    maxWaiting: 2000,
  });
  assert.equal(socketSettings({ maxAuthenticating: 10 }).maxWaiting, 10);
  assert.deepEqual([...socketSettings({ maxPerUser: 5, max: Infinity }).limits], [["sockets.maxPerUser", 5]]);
});
