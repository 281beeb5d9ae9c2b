/** An in-memory database for the statements of the stores, for tests of the layers above the stores. */

import { DatabaseError } from "../../../src/errors.ts";
import type { Database, Queryable } from "../../../src/database.ts";

/** A row by column name, with values in the text form of their type. */
export type MemoryRow = Record<string, unknown>;

const SELECT = /^select (.+?) from (.+?) where (\S+) = (any\()?\$1\S*(?: for update)?$/;
const INSERT = /^insert into (.+?) \((.+?)\) values \(.+?\)( on conflict do nothing)? returning (.+)$/;
const UPDATE = /^update (.+?) set (.+?) where (\S+) = \$1\S*?(?: and (\S+) = \$(\d+))?(?: returning 1)?$/;
const DELETE = /^delete from (.+?) where (\S+) = \$1(?: returning (.+))?$/;

/** In-memory tables, in which `username` and `session_key` are unique. */
export class MemoryDatabase implements Database {
  /** Rows by table name, quoted as in statements. */
  readonly tables = new Map<string, MemoryRow[]>();
  /** The statements, in order. */
  readonly statements: string[] = [];
  /** Thrown by every statement. */
  fault: Error | null = null;
  isClosed = false;

  /** The rows of a table. */
  rows(table: string): MemoryRow[] {
    if (!this.tables.has(table)) this.tables.set(table, []);
    return this.tables.get(table)!;
  }

  async query(statement: string, parameters: readonly unknown[]): Promise<unknown[][]> {
    await Promise.resolve();
    if (this.fault !== null) throw this.fault;
    this.statements.push(statement);
    const answer = this.#select(statement, parameters) ?? this.#insert(statement, parameters) ??
      this.#update(statement, parameters) ?? this.#delete(statement, parameters);
    if (answer === undefined) throw new TypeError(`The database in memory does not know: ${statement}`);
    return answer;
  }

  read(statement: string, parameters: readonly unknown[]): Promise<unknown[][]> {
    return this.query(statement, parameters);
  }

  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    return work(this);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  #select(statement: string, parameters: readonly unknown[]): unknown[][] | undefined {
    const [, list, table, key, isList] = SELECT.exec(statement) ?? [];
    if (table === undefined) return undefined;
    const wanted = isList ? elementsOf(String(parameters[0])) : [String(parameters[0])];
    return this.rows(table)
      .filter((row) => wanted.includes(String(row[plain(key!)])))
      .map((row) => valuesOf(row, list!));
  }

  #insert(statement: string, parameters: readonly unknown[]): unknown[][] | undefined {
    const [, table, names, ignores, list] = INSERT.exec(statement) ?? [];
    if (table === undefined) return undefined;
    const rows = this.rows(table);
    const row: MemoryRow = { id: String(rows.length + 1) };
    names!.split(", ").forEach((name, index) => row[plain(name)] = parameters[index]);
    const isTaken = rows.some((other) =>
      ["username", "session_key"].some((name) => row[name] !== undefined && other[name] === row[name])
    );
    if (isTaken && ignores) return [];
    if (isTaken) throw new DatabaseError("A unique value is taken", "unique_violation");
    rows.push(row);
    return [valuesOf(row, list!)];
  }

  #update(statement: string, parameters: readonly unknown[]): unknown[][] | undefined {
    const [, table, assignments, key, guard, index] = UPDATE.exec(statement) ?? [];
    if (table === undefined) return undefined;
    const found = this.rows(table).filter((row) =>
      String(row[plain(key!)]) === String(parameters[0]) &&
      (guard === undefined || row[plain(guard)] === parameters[Number(index) - 1])
    );
    for (const assignment of assignments!.split(", ")) {
      const [, name, place] = /^(\S+) = \$(\d+)/.exec(assignment)!;
      for (const row of found) row[plain(name!)] = parameters[Number(place) - 1];
    }
    return found.map(() => [1]);
  }

  #delete(statement: string, parameters: readonly unknown[]): unknown[][] | undefined {
    const [, table, key, list] = DELETE.exec(statement) ?? [];
    if (table === undefined) return undefined;
    const rows = this.rows(table);
    const isMeant = (row: MemoryRow): boolean => row[plain(key!)] === parameters[0];
    this.tables.set(table, rows.filter((row) => !isMeant(row)));
    return list === undefined ? [] : rows.filter(isMeant).map((row) => valuesOf(row, list));
  }
}

function valuesOf(row: MemoryRow, list: string): unknown[] {
  return list.split(", ").map((name) => name === "1" ? 1 : row[plain(name.replace(/::\w+$/, ""))] ?? null);
}

function elementsOf(array: string): string[] {
  return array.slice(1, -1).split(",").map(plain);
}

/** A name or an element without its quotes. */
function plain(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1) : text;
}
