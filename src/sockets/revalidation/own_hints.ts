/** What this process itself does to logins: the sockets of this node that rest on them are looked at again, at once. */

import type { AuthCore } from "../../auth/core/core.ts";
import type { OwnChanges } from "../../auth/core/own_changes.ts";
import type { LiveSocket, SocketRegistry } from "../registry/registry.ts";

/** The dependencies of {@link OwnHints}. */
export interface OwnHintsParts<Row extends object> {
  readonly core: Pick<AuthCore<Row>, "timers">;
  readonly changes: OwnChanges;
  readonly registry: SocketRegistry<Row>;
  /** Looks at some now. */
  readonly look: (lives: LiveSocket<Row>[]) => void;
}

/**
 * Milliseconds. Where a session goes on under another key, its new cookie is on the way to the browser: a page that came
 * back before it would be refused.
 */
const HEAD_START = 100;

/** Subscribes to the changes until it is closed. */
export class OwnHints<Row extends object> {
  readonly #parts: OwnHintsParts<Row>;
  readonly #unsubscribe: () => void;
  #count = 0;

  constructor(parts: OwnHintsParts<Row>) {
    this.#parts = parts;
    const { registry, changes } = parts;
    this.#unsubscribe = changes.subscribe({
      sessionEnded: (key) => this.#take(() => registry.ofSession(key), 0),
      sessionReplaced: (key) => this.#take(() => registry.ofSession(key), HEAD_START),
      tokensEnded: (jtis) => this.#take(() => jtis.flatMap((jti) => registry.ofToken(jti)), 0),
      userChanged: (id) => this.#take(() => registry.ofUser(id), HEAD_START),
    });
  }

  /** How many there were: a socket that opens after more of them than it began with may have missed its own. */
  get count(): number {
    return this.#count;
  }

  /** Ends the subscription. */
  close(): void {
    this.#unsubscribe();
  }

  #take(find: () => LiveSocket<Row>[], pause: number): void {
    this.#count++;
    const { core, registry, look } = this.#parts;
    if (registry.size === 0) return;
    if (pause === 0) look(find());
    // Found by then: a socket that is opened meanwhile may rest on it as well.
    else core.timers.after(pause, () => look(find()));
  }
}
