/** Which triggers are in the database, and whether they are those that this release would install. */

import type { Queryable } from "../../database.ts";
import { arrayLiteral, quoteTable } from "../sql.ts";
import type { TableName, TriggerGroup } from "./sql.ts";

/** One trigger, and whether it is the one that this release of djauth expects. */
export interface TriggerStatus {
  /** The trigger's name. */
  readonly name: string;
  /** The table that the trigger is on, with its schema. */
  readonly table: string;
  /** `outdated`: of another release, created for other columns, or disabled; `install()` replaces it. */
  readonly state: "installed" | "missing" | "outdated";
}

const FIND_TRIGGERS = `select trig.tgname as trigger_name, space.nspname as found_schema,
    class.relname as found_table, trig.tgenabled::text as enabled,
    pg_catalog.obj_description(trig.tgfoid, 'pg_proc') as version
  from pg_catalog.pg_trigger as trig
  join pg_catalog.pg_class as class on class.oid = trig.tgrelid
  join pg_catalog.pg_namespace as space on space.oid = class.relnamespace
  where trig.tgname = any($1::text[])`;

/** `pg_trigger.tgenabled` of triggers that fire for ordinary writers: origin (the default) or always. */
const FIRING = ["O", "A"];

/** Looks up every trigger of the groups; returns their states in the order of the groups. */
export async function lookUpTriggers(
  read: Queryable["query"],
  groups: readonly TriggerGroup[],
): Promise<TriggerStatus[][]> {
  const names = groups.flatMap((group) => group.triggers);
  const versions = new Map<string, string | null>();
  for (const [name, schema, table, enabled, version] of await read(FIND_TRIGGERS, [arrayLiteral(names)])) {
    const isFiring = FIRING.includes(String(enabled));
    versions.set(
      idOf(String(name), { schema: String(schema), table: String(table) }),
      isFiring && typeof version === "string" ? version : null,
    );
  }
  return groups.map((group) =>
    group.triggers.map((name) => {
      const version = versions.get(idOf(name, group.table));
      const state = version === undefined ? "missing" : version === group.version ? "installed" : "outdated";
      return { name, table: quoteTable(group.table.table, group.table.schema), state };
    })
  );
}

function idOf(name: string, { schema, table }: TableName): string {
  return JSON.stringify([name, schema, table]);
}
