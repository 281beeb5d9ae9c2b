/** The types of `attach()`, the same for every adapter: its own handlers, and all other options of the runtime. */

/**
 * The options of `attach()`: the handlers, and the runtime's own options without the handlers' names, so that a
 * misspelt option inside a handler is an error and not taken for one of the runtime's.
 */
export type AttachOptions<Handlers, Rest extends object> =
  & Handlers
  & { [Name in keyof Rest]: Name extends keyof Handlers ? unknown : Rest[Name] };

/** The result of `attach()`: the runtime's options unchanged, with djauth in place of the handlers. */
export type Attached<Handlers, Rest extends object, Served> = Omit<Rest, keyof Handlers> & Served;
