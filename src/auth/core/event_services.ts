/** The events of one `djangoAuth()`: each is counted, and goes to the application or to the console. */

import { EventCounters } from "../events/counters.ts";
import { createConsoleListener } from "../events/console.ts";
import type { EventListener } from "../events/events.ts";
import { createSettingsHints, type SettingsHints } from "../events/hints.ts";
import { safeListener } from "../events/listeners.ts";
import { createOriginHints, type OriginHints } from "../events/origin_hints.ts";
import type { DjangoAuthOptions } from "../options/options.ts";
import type { Settings } from "../options/settings.ts";

/** The services for emitting and counting events. */
export interface EventServices {
  readonly emit: EventListener;
  readonly counters: EventCounters;
  /** Called for requests whose Origin was refused; emits a hint for the site's developers. */
  readonly hintOrigin: OriginHints;
  /** Emits hints about other settings, each once. */
  readonly hints: SettingsHints;
}

/** Creates the services; without `onEvent`, errors and hints go to the console. */
export function createEventServices<Row extends object>(
  { onEvent }: Pick<DjangoAuthOptions<Row>, "onEvent">,
  { origin }: Pick<Settings, "origin">,
): EventServices {
  const counters = new EventCounters();
  const listen = safeListener(onEvent ?? createConsoleListener());
  const emit: EventListener = (event) => {
    counters.add(event);
    listen(event);
  };
  const say = (hint: string): void => emit({ type: "settings.hint", hint });
  const hintOrigin = createOriginHints(origin, say);
  return { emit, counters, hintOrigin, hints: createSettingsHints(say) };
}
