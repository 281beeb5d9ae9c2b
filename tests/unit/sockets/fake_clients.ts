/** Clients of a fake node, starting with their request. Everything between the adapter and the stores is real. */

import type { RequestInfo } from "../../../src/auth/request/context.ts";
import type { SocketsOptions } from "../../../src/auth/options/options.ts";
import type { Connection } from "../../../src/sockets/connection/connection.ts";
import { type Connector, createConnector } from "../../../src/sockets/connection/connector.ts";
import type { SocketHandlers } from "../../../src/sockets/socket/options.ts";
import { Sockets } from "../../../src/sockets/node/sockets.ts";
import type { DjangoUserRow } from "../../../src/users/user_table.ts";
import { FakeNode, FakeTransport } from "./fake_node.ts";

/** An upgrade request. */
export interface FakeUpgrade {
  /** The session key in the cookie; no cookie if not given. */
  readonly session?: string | undefined;
  readonly address?: string | undefined;
  readonly forwardedFor?: string | undefined;
  readonly origin?: string | undefined;
}

/** The result of an upgrade: a response, or a connection that the test opens and ends. */
export type Arrival = Response | FakeConnection;

/** A connection that the runtime may open. */
export interface FakeConnection {
  readonly transport: FakeTransport;
  open(): void;
  /** Reports that it has ended, or will never open, as the runtime does. */
  gone(): void;
}

type Handlers = SocketHandlers<DjangoUserRow, undefined, boolean>;

/** A node with a connector, and its clients. */
export class FakeClients {
  readonly fake: FakeNode;
  readonly sockets: Sockets<DjangoUserRow>;
  readonly #connector: Connector;

  constructor(sockets: SocketsOptions = {}, handlers: Handlers = {}) {
    this.fake = new FakeNode({ sockets });
    this.sockets = new Sockets(this.fake.node);
    this.#connector = createConnector(this.fake.node, handlers, []);
  }

  /** The total number of entries kept for upgrades, limits and sockets. */
  get kept(): number {
    const { limits, gate, underWay, lingering } = this.fake.node.attempts;
    return (limits?.size ?? 0) + gate.size + underWay + lingering + this.fake.node.registry.size;
  }

  /** Adds a user with this many sessions: `session-1-0`, `session-1-1`, … */
  addUser(id: number, sessions: number = 1): void {
    this.fake.setUser(id);
    for (let index = 0; index < sessions; index++) this.fake.setSession(`session-${id}-${index}`, id);
  }

  /** Sends an upgrade request. */
  async ask(upgrade: FakeUpgrade = {}): Promise<Arrival> {
    const headers = new Headers({
      "upgrade": "websocket",
      "sec-websocket-version": "13",
      "origin": upgrade.origin ?? "http://localhost",
    });
    if (upgrade.session !== undefined) headers.set("cookie", `sessionid=${upgrade.session}`);
    if (upgrade.forwardedFor !== undefined) headers.set("x-forwarded-for", upgrade.forwardedFor);
    const info: RequestInfo = upgrade.address === undefined ? {} : { remoteAddress: upgrade.address };
    const answer = await this.#connector.connect(new Request("http://localhost/live", { headers }), info);
    return answer instanceof Response ? answer : connectionOf(answer.connection);
  }

  /** Sends an upgrade request and opens its connection. */
  async open(upgrade: FakeUpgrade = {}): Promise<FakeConnection> {
    const arrival = await this.ask(upgrade);
    if (arrival instanceof Response) throw new Error(`Refused with ${arrival.status}`);
    arrival.open();
    return arrival;
  }
}

/** The close code and reason of a connection, or `"open"`. */
export function stateOf({ transport }: FakeConnection): string {
  return transport.end === null ? "open" : `${transport.end[0]} ${transport.end[1]}`;
}

/** The number of connections in each state. */
export function tally(connections: readonly FakeConnection[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const state of connections.map(stateOf)) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function connectionOf(connection: Connection): FakeConnection {
  const transport = new FakeTransport();
  return {
    transport,
    open: () => connection.opened(transport),
    gone() {
      transport.readyState = 3;
      connection.closed(1006, "");
    },
  };
}
