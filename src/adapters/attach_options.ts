/** The types of `attach()`, the same for every adapter: its own handlers beside whatever else the runtime takes. */

import type { PassedOptions } from "../sockets/socket/options.ts";

/** What `attach()` takes. */
export type AttachOptions<Handlers, Rest extends object> = Handlers & PassedOptions<Rest, keyof Handlers>;

/** What `attach()` gives: the runtime's options as they were, with djauth in the place of the handlers. */
export type Attached<Handlers, Rest extends object, Served> = Omit<Rest, keyof Handlers> & Served;
