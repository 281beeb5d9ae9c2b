/** User tables unlike Django's own, for tests of what works with them. */

import { type UserTable, userTable } from "../../src/users/user_table.ts";

/** The table of sessions. */
export const SESSIONS = `CREATE TABLE django_session (
  session_key varchar(40) PRIMARY KEY, session_data text NOT NULL, expire_date timestamptz NOT NULL);`;

/** A table, two rows in it, and how its keys look in TypeScript and in a session. */
export interface Example {
  readonly name: string;
  readonly sql: string;
  readonly table: UserTable<{ email: string }>;
  readonly keys: readonly [own: string, other: string];
  readonly pk: unknown;
  /** Ids that must be refused, although Postgres would accept some of them as the key. */
  readonly refused: readonly unknown[];
}

const columns = { email: "text" } as const;
const common = { usernameField: "email", activeField: null } as const;
/** Tables with keys of every type. */
export const EXAMPLES: readonly Example[] = [
  {
    name: "bigint",
    sql:
      `CREATE TABLE "Club Members" (nr bigint PRIMARY KEY, email text UNIQUE, password varchar(128) NOT NULL)`,
    table: userTable({
      ...common,
      table: "Club Members",
      primaryKey: "nr",
      columns: { nr: "bigint", ...columns },
    }) as unknown as UserTable<{ email: string }>,
    keys: ["9007199254740993", "9007199254740992"],
    pk: 9007199254740993n,
    refused: [" 9007199254740993", "09007199254740993", "9223372036854775808", 9007199254740993.5, "9e15"],
  },
  {
    name: "uuid",
    sql: `CREATE SCHEMA club; CREATE TABLE club.member (
      id uuid PRIMARY KEY, email text UNIQUE, password varchar(128) NOT NULL)`,
    table: userTable({
      ...common,
      schema: "club",
      table: "member",
      columns: { id: "uuid", ...columns },
    }) as unknown as UserTable<{ email: string }>,
    keys: ["3f2b8c1e-5a4d-4e6f-8a9b-0c1d2e3f4a5b", "00000000-0000-4000-8000-000000000000"],
    pk: "3f2b8c1e-5a4d-4e6f-8a9b-0c1d2e3f4a5b",
    refused: [
      "{3f2b8c1e-5a4d-4e6f-8a9b-0c1d2e3f4a5b}",
      " 3f2b8c1e-5a4d-4e6f-8a9b-0c1d2e3f4a5b",
      "3f2b8c1e",
      1,
      "",
    ],
  },
  {
    name: "text",
    sql:
      `CREATE TABLE member ("the key" varchar(50) PRIMARY KEY, email text UNIQUE, password varchar(128) NOT NULL)`,
    table: userTable({
      ...common,
      table: "member",
      primaryKey: "the key",
      columns: { "the key": "text", ...columns },
    }) as unknown as UserTable<{ email: string }>,
    keys: [`o'"{,}\\ é😀`, "NULL"],
    pk: `o'"{,}\\ é😀`,
    refused: ["", "\0", "a".repeat(2000), 7, null, "NULL\0"],
  },
];

/** A table as SQL names it. */
export function placeOf({ schema, table }: { schema: string | null; table: string }): string {
  return `${schema === null ? "" : `${schema}.`}"${table}"`;
}
