/** The types of `attach()`, the same for every adapter: its own handlers beside whatever else the runtime takes. */

/**
 * What `attach()` takes: the handlers, and the runtime's own options. Those go without the handlers' names, so that a
 * misspelt option of a handler is an error and not one of the runtime's.
 */
export type AttachOptions<Handlers, Rest extends object> =
  & Handlers
  & { [Name in keyof Rest]: Name extends keyof Handlers ? unknown : Rest[Name] };

/** What `attach()` gives: the runtime's options as they were, with djauth in the place of the handlers. */
export type Attached<Handlers, Rest extends object, Served> = Omit<Rest, keyof Handlers> & Served;
