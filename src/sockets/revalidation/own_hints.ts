/** Changes that this process itself makes to logins: the sockets that rest on them are rechecked immediately. */

import type { AuthCore } from "../../auth/core/core.ts";
import type { OwnChanges } from "../../auth/core/own_changes.ts";
import type { LiveSocket, SocketRegistry } from "../registry/registry.ts";

/** The dependencies of {@link OwnHints}. */
export interface OwnHintsParts<Row extends object> {
  readonly core: Pick<AuthCore<Row>, "timers">;
  readonly changes: OwnChanges;
  readonly registry: SocketRegistry<Row>;
  /** Rechecks some now. */
  readonly recheck: (lives: LiveSocket<Row>[]) => void;
}

/**
 * Where a session continues under another key, the new cookie is still on its way to the browser: a page that
 * reconnected before it arrived would be refused.
 */
const HEAD_START_MS = 100;

/** Subscribes to the changes until closed. */
export class OwnHints<Row extends object> {
  readonly #parts: OwnHintsParts<Row>;
  readonly #unsubscribe: () => void;
  #count = 0;

  constructor(parts: OwnHintsParts<Row>) {
    this.#parts = parts;
    const { registry, changes } = parts;
    this.#unsubscribe = changes.subscribe({
      sessionEnded: (key) => this.#take(() => registry.ofSession(key), 0),
      sessionReplaced: (key) => this.#take(() => registry.ofSession(key), HEAD_START_MS),
      tokensEnded: (jtis) => this.#take(() => jtis.flatMap((jti) => registry.ofToken(jti)), 0),
      userChanged: (id) => this.#take(() => registry.ofUser(id), HEAD_START_MS),
    });
  }

  /** How many changes were made: a socket whose upgrade began at a lower count may have missed its own. */
  get count(): number {
    return this.#count;
  }

  /** Ends the subscription. */
  close(): void {
    this.#unsubscribe();
  }

  #take(find: () => LiveSocket<Row>[], pauseMs: number): void {
    this.#count++;
    const { core, registry, recheck } = this.#parts;
    if (registry.size === 0) return;
    if (pauseMs === 0) recheck(find());
    // Looked up after the pause: sockets that open meanwhile may rest on the login as well.
    else core.timers.after(pauseMs, () => recheck(find()));
  }
}
