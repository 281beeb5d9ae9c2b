/**
 * The only access to the runtime's built-in modules: nothing imports `node:` statically, so the core loads in runtimes
 * that have none. Callers declare the interface they use, and have a fallback for `undefined`.
 */

interface ModuleHost {
  process?: { getBuiltinModule?: (name: string) => unknown };
}

/** Returns a built-in module where the runtime has it (Node 20.16 and later, Deno, Bun), else `undefined`. */
export function builtinModule(
  name: "bun" | "node:crypto" | "node:fs" | "node:net" | "node:util" | "node:zlib",
): unknown | undefined {
  try {
    return (globalThis as ModuleHost).process?.getBuiltinModule?.(name);
  } catch {
    // A runtime may have the function but not the module.
    return undefined;
  }
}
