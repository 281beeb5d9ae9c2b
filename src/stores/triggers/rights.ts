/** Names the rights that a role lacks to change the triggers, where Postgres would only report a denial. */

import type { Queryable } from "../../database.ts";
import { DatabaseError } from "../../errors.ts";
import { arrayLiteral, quoteName, quoteTable } from "../sql.ts";
import type { TriggerGroup, TriggerTables } from "./sql.ts";

/** A change that is about to be made to some groups. */
export interface TriggerChange {
  readonly purpose: "install" | "uninstall";
  readonly tables: TriggerTables;
  readonly groups: readonly TriggerGroup[];
}

const ROLE = `select current_user::text as role_name,
  pg_catalog.has_schema_privilege($1, 'CREATE') as may_create`;

const TABLES = `select named.name as given,
    pg_catalog.has_table_privilege(class.oid, 'TRIGGER') as may_trigger,
    pg_catalog.has_table_privilege(class.oid, 'SELECT') as may_select,
    pg_catalog.pg_has_role(class.relowner, 'USAGE') as is_owner
  from unnest($1::text[]) as named (name)
  join pg_catalog.pg_class as class on class.oid = pg_catalog.to_regclass(named.name)::oid`;

const PRESENT_TRIGGERS = `select distinct trig.tgname as trigger_name from pg_catalog.pg_trigger as trig
  where trig.tgname = any($1::text[])`;

const FOREIGN_FUNCTIONS = `select proc.proname as function_name from pg_catalog.pg_proc as proc
  join pg_catalog.pg_namespace as space on space.oid = proc.pronamespace
  where space.nspname = $1 and proc.proname = any($2::text[])
    and not pg_catalog.pg_has_role(proc.proowner, 'USAGE')`;

/** What a role may do with a table. */
interface TableRights {
  readonly mayTrigger: boolean;
  readonly maySelect: boolean;
  readonly isOwner: boolean;
}

/**
 * Requires every right that the change needs.
 *
 * @throws {DatabaseError} `database_permission_denied`, with the missing rights in its message
 */
export async function requireRights(query: Queryable["query"], change: TriggerChange): Promise<void> {
  const { schema } = change.tables.users;
  const [[role, mayCreate] = []] = await query(ROLE, [schema]);
  const missing = new Set<string>();
  if (change.purpose === "install" && mayCreate !== true) {
    missing.add(`CREATE on the schema ${quoteName("schema", schema)}`);
  }
  for (const right of await missingOnTables(query, change)) missing.add(right);
  const functions = change.groups.map((group) => group.function.table);
  for (const [name] of await query(FOREIGN_FUNCTIONS, [schema, arrayLiteral(functions)])) {
    missing.add(`to own the function ${quoteTable(String(name), schema)}`);
  }
  if (missing.size === 0) return;
  throw new DatabaseError(
    `The role "${role}" may not ${change.purpose} the triggers: it needs ${[...missing].join(", ")}`,
    "database_permission_denied",
  );
}

async function missingOnTables(
  query: Queryable["query"],
  { purpose, tables, groups }: TriggerChange,
): Promise<string[]> {
  const names = arrayLiteral(groups.flatMap((group) => group.triggers));
  const present = new Set((await query(PRESENT_TRIGGERS, [names])).map(([name]) => name));
  const places = groups.map(({ table }) => quoteTable(table.table, table.schema));
  // The function for tokens reads this table with the rights of its owner.
  const isReading = purpose === "install" && groups.some(({ table }) => table === tables.tokens?.blacklisted);
  const read = tables.tokens === null || !isReading
    ? []
    : [quoteTable(tables.tokens.outstanding.table, tables.tokens.outstanding.schema)];
  const rights = await rightsOn(query, [...places, ...read]);
  return [
    ...groups.flatMap(({ triggers }, index) => {
      const place = places[index]!;
      // TRIGGER is enough to create a trigger, but not to drop it.
      if (triggers.some((name) => present.has(name))) {
        return rights.get(place)?.isOwner === true ? [] : [`to own the table ${place}`];
      }
      return purpose === "uninstall" || rights.get(place)?.mayTrigger === true ? [] : [`TRIGGER on ${place}`];
    }),
    ...read.flatMap((place) => rights.get(place)?.maySelect === true ? [] : [`SELECT on ${place}`]),
  ];
}

async function rightsOn(
  query: Queryable["query"],
  places: readonly string[],
): Promise<Map<string, TableRights>> {
  const rows = await query(TABLES, [arrayLiteral([...new Set(places)])]);
  return new Map(rows.map(([place, mayTrigger, maySelect, isOwner]) => [
    String(place),
    { mayTrigger: mayTrigger === true, maySelect: maySelect === true, isOwner: isOwner === true },
  ]));
}
