/**
 * The one door to the runtime's built-in modules, so that nothing here imports `node:` statically and the core loads
 * in runtimes that have none. Who asks brings the interface of what it uses, and a way out for `undefined`.
 */

interface ModuleHost {
  process?: { getBuiltinModule?: (name: string) => unknown };
}

/** The built-in module where the runtime has it (Node 20.16 and later, Deno, Bun), else `undefined`. */
export function builtinModule(
  name: "bun" | "node:crypto" | "node:net" | "node:util" | "node:zlib",
): unknown | undefined {
  try {
    return (globalThis as ModuleHost).process?.getBuiltinModule?.(name);
  } catch {
    // A runtime may have the function and refuse the module; that is the same as not having it.
    return undefined;
  }
}
