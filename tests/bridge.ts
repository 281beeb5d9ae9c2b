/**
 * The bridge of the conformance harness: reads a JSON object per line and answers one per line, in the same order; runs
 * on Bun, Deno and Node. This is only the loop; the operations are in `bridge/`, by subject.
 */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { DjauthError } from "../src/errors.ts";
import { operations as csrf } from "./bridge/csrf.ts";
import { operations as hashers } from "./bridge/hashers.ts";
import { operations as origin } from "./bridge/origin.ts";
import { type Operations, Refusal } from "./bridge/protocol.ts";
import { operations as sessionHash } from "./bridge/session_hash.ts";
import { operations as sessions } from "./bridge/sessions.ts";
import { operations as signing } from "./bridge/signing.ts";
import * as storesModule from "./bridge/stores.ts";
import { operations as tokens } from "./bridge/tokens.ts";

interface Request {
  id: number;
  op: string;
  args: Record<string, unknown>;
}

const stores: { operations: Operations; close?: () => Promise<void> } = storesModule;
const operations = tableOf(signing, sessions, sessionHash, stores.operations, hashers, csrf, origin, tokens);

/** Codes that the protocol names differently from djauth. */
const PROTOCOL_CODES: Record<string, string> = {
  session_deleted: "update_error",
  session_exists: "create_error",
};

function tableOf(...tables: Operations[]): Map<string, Operations[string]> {
  const table = new Map<string, Operations[string]>([["hello", hello]]);
  for (const [name, operation] of tables.flatMap(Object.entries<Operations[string]>)) {
    if (table.has(name)) throw new TypeError(`The operation "${name}" is there twice`);
    table.set(name, operation);
  }
  return table;
}

function hello(): unknown {
  const { name, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const ops = [...operations.keys()].filter((op) => op !== "hello").sort();
  return { protocol: 1, name, version, runtime: runtime(), ops };
}

function runtime(): string {
  const { bun, deno, node } = process.versions;
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node ${node}` : `Deno ${deno}`;
}

function codeOf(error: unknown): string {
  if (error instanceof DjauthError) return PROTOCOL_CODES[error.code] ?? error.code;
  if (error instanceof Refusal) return error.code;
  if (error instanceof RangeError || error instanceof SyntaxError) return "value_error";
  return error instanceof TypeError ? "type_error" : "internal_error";
}

async function answer(line: string): Promise<string> {
  const { id, op, args } = JSON.parse(line) as Request;
  try {
    const operation = operations.get(op);
    if (operation === undefined) throw new Refusal("not_implemented", op);
    const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
    const ok = (await operation(given)) ?? null;
    // An integer may exceed the range of a JavaScript number; it is written to the wire with all its digits.
    return typeof ok === "bigint" ? `{"id":${id},"ok":${ok}}` : JSON.stringify({ id, ok });
  } catch (error) {
    const code = codeOf(error);
    if (code === "internal_error") console.error(op, error);
    const message = error instanceof Error ? error.message : String(error);
    return JSON.stringify({ id, error: { code, message } });
  }
}

/** Lines end at a line feed only: `node:readline` would also split at U+2028, which JSON may contain. */
async function* linesOf(input: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of input) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

process.stdin.setEncoding("utf8");
for await (const line of linesOf(process.stdin)) {
  if (line.trim() === "") continue;
  if (!process.stdout.write(await answer(line) + "\n")) await once(process.stdout, "drain");
}
await stores.close?.();
