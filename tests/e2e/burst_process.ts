/**
 * A client in its own process that sends a burst over each of its sockets, and prints as JSON how each of them ended.
 */

import process from "node:process";
import { upgrade, type WireEnd } from "./wire.ts";

const { BURST_HOST: host = "", BURST_ORIGIN: origin = "", BURST_ROUNDS: rounds, BURST_MESSAGES: messages } =
  process.env;

const ends: WireEnd[] = [];
for (let round = 0; round < Number(rounds); round++) {
  const socket = await upgrade(host, { headers: [["origin", origin]] });
  for (let count = 0; count < Number(messages); count++) socket.send("hi");
  ends.push(await socket.ended);
}
console.log(JSON.stringify(ends));
