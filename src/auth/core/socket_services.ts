/** The services of a `djangoAuth()` that only its sockets need. */

import type { FeedHub } from "../../databases/feed/feed_hub.ts";
import type { Clock } from "../../types.ts";
import type { DjangoAuthOptions } from "../options/options.ts";
import { keysOf } from "../options/settings.ts";
import type { OwnChanges } from "./own_changes.ts";
import { createSeal, type Seal } from "./seal.ts";

/** The services of a node's sockets. */
export interface SocketServices {
  readonly feed: FeedHub;
  /** This process's own changes to logins. */
  readonly ownChanges: OwnChanges;
  /** Signs the messages between nodes. */
  readonly seal: Seal;
}

/** The dependencies of {@link createSocketServices}. */
export interface SocketServicesParts {
  readonly feed: FeedHub;
  readonly ownChanges: OwnChanges;
  readonly clock: Clock;
}

/** Creates the services of these options. */
export function createSocketServices<Row extends object>(
  options: DjangoAuthOptions<Row>,
  { feed, ownChanges, clock }: SocketServicesParts,
): SocketServices {
  return { feed, ownChanges, seal: createSeal(keysOf(options), clock) };
}
