/**
 * The typed description of the user table: its name, its key, its columns, and the type of its rows that follows from
 * them. No I/O and no SQL here; the stores read this description.
 */

import { ImproperlyConfigured } from "../errors.ts";
import { ACTIVE_FIELD, USER_TABLE } from "../internal/django_names.ts";
import { requireKnown } from "../internal/option_checks.ts";
import { requirePostgresName, requireTableName } from "../internal/postgres_name.ts";
import type { ColumnKind, ColumnType, ColumnTypesOf, UserColumns, UserRow } from "./columns.ts";

/** A primary key in TypeScript: `integer` is a number, `bigint` a bigint, `uuid` and `text` are strings. */
export type UserId = number | bigint | string;

/** The possible types of a primary key. */
export type PrimaryKeyType = "integer" | "bigint" | "uuid" | "text";

/** Returns whether a column of this type can be a primary key. */
export function isPrimaryKeyType(type: ColumnType): type is PrimaryKeyType {
  return type === "integer" || type === "bigint" || type === "uuid" || type === "text";
}

/** Returns the kind of a column, whether or not it may be `NULL`. */
export function columnKind(type: ColumnType): ColumnKind {
  return type.replace("?", "") as ColumnKind;
}

/**
 * The columns of Django's own `auth_user` besides `password`. Mirrors `django.contrib.auth.models.AbstractUser`.
 *
 * @example A model that extends `AbstractUser`
 * ```ts
 * import { DJANGO_USER_COLUMNS, userTable } from "@djauth/djauth";
 *
 * const users = userTable({ table: "accounts_user", columns: { ...DJANGO_USER_COLUMNS, nickname: "text?" } });
 * console.log(users.columns.nickname); // text?
 * ```
 */
export const DJANGO_USER_COLUMNS: {
  readonly id: "integer";
  readonly last_login: "timestamp?";
  readonly is_superuser: "boolean";
  readonly username: "text";
  readonly first_name: "text";
  readonly last_name: "text";
  readonly email: "text";
  readonly is_staff: "boolean";
  readonly is_active: "boolean";
  readonly date_joined: "timestamp";
} = {
  id: "integer",
  last_login: "timestamp?",
  is_superuser: "boolean",
  username: "text",
  first_name: "text",
  last_name: "text",
  email: "text",
  is_staff: "boolean",
  is_active: "boolean",
  date_joined: "timestamp",
};

/** A row of Django's own `auth_user`. */
export type DjangoUserRow = UserRow<typeof DJANGO_USER_COLUMNS>;

/** The options of {@link userTable}; `Name` is the name of a column. */
export interface UserTableOptions<Columns extends UserColumns, Name extends string = string> {
  /** The table's name; `auth_user` if not given. */
  table?: string;
  /** The table's schema; from the connection's search path if not given. */
  schema?: string;
  /** The primary key column, of the type `integer`, `bigint`, `uuid` or `text`; `id` if not given. */
  primaryKey?: Name;
  /** Django's `USERNAME_FIELD`; `username` if not given. */
  usernameField?: Name;
  /** Django's `EMAIL_FIELD`; `email` if there is such a column. */
  emailField?: Name;
  /**
   * The columns of a user, by name; those of Django's `AbstractUser` if not given. `password` is always read and need
   * not be listed.
   */
  columns?: Columns;
  /**
   * The column that tells whether an account may be used; `is_active` if not given. `null` for a model without such a
   * field: then every user is active, as in Django. It must be explicit, so that a forgotten column does not admit
   * inactive users.
   */
  activeField?: Name | null;
}

/** A user table, as {@link userTable} describes it. `Row` is the type of its rows. */
export interface UserTable<Row extends object = DjangoUserRow> {
  /** The table's name. */
  readonly table: string;
  /** The table's schema, or `null` for the search path. */
  readonly schema: string | null;
  /** The primary key column. */
  readonly primaryKey: keyof Row & string;
  /** The type of the primary key. */
  readonly primaryKeyType: PrimaryKeyType;
  /** The username column. */
  readonly usernameField: keyof Row & string;
  /** The e-mail address column, or `null`. */
  readonly emailField: (keyof Row & string) | null;
  /** The column that tells whether an account may be used, or `null`. */
  readonly activeField: (keyof Row & string) | null;
  /** The column with the password hash; never one of `columns`. */
  readonly passwordField: "password";
  /** The other columns, in the order in which they are selected. */
  readonly columns: Readonly<Record<keyof Row & string, ColumnType>>;
  /** Never set: it ties the description to the type of its rows, so that a table with other rows is not assignable. */
  readonly "~row"?: Row;
}

/** The names that a column cannot have, since members of a user have them now or may have them later. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  "pk",
  "isActive",
  "isAuthenticated",
  "isAnonymous",
  "getUsername",
  "toJSON",
  "get",
  "has",
  "set",
  "keys",
  "entries",
  "save",
  "refreshFromDb",
  "delete",
  "checkPassword",
  "setPassword",
  "setUnusablePassword",
  "hasUsablePassword",
  "hasPerm",
  "hasPerms",
  "hasModulePerms",
  "getUserPermissions",
  "getGroupPermissions",
  "getAllPermissions",
]);

const COLUMN_KINDS: readonly ColumnKind[] = [
  "integer",
  "bigint",
  "uuid",
  "text",
  "boolean",
  "timestamp",
  "date",
  "float",
  "numeric",
  "json",
];
const COLUMN_TYPE = new RegExp(`^(?:${COLUMN_KINDS.join("|")})\\??$`);
/** The names of the kinds in Postgres, TypeScript and Django's fields (without `Field`). */
const OTHER_KINDS: ReadonlyMap<string, ColumnKind> = new Map(
  Object.entries({
    integer: ["int", "int4", "serial", "smallint", "number", "auto", "positiveinteger"],
    bigint: ["int8", "bigserial", "bigauto", "biginteger"],
    text: ["string", "str", "varchar", "char", "citext", "email", "slug", "url", "character varying"],
    boolean: ["bool"],
    timestamp: ["timestamptz", "datetime"],
    float: ["double", "real", "double precision"],
    numeric: ["decimal"],
    uuid: ["guid"],
    json: ["jsonb", "object"],
  }).flatMap(([kind, names]) => names.map((name) => [name, kind as ColumnKind] as const)),
);
const OPTIONS: readonly (keyof UserTableOptions<UserColumns>)[] = [
  "table",
  "schema",
  "primaryKey",
  "usernameField",
  "emailField",
  "columns",
  "activeField",
];

/**
 * Describes the user table. The type of `user` follows from `columns`, or is given: `userTable<MyRow>(…)`.
 *
 * Mirrors what Django reads from `AUTH_USER_MODEL` (`Meta.db_table`, the primary key, `USERNAME_FIELD`).
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for an invalid name or type
 *
 * @example A custom user model
 * ```ts
 * import { userTable } from "@djauth/djauth";
 *
 * const table = userTable({
 *   table: "accounts_user",
 *   columns: { id: "bigint", email: "text", nickname: "text?", is_active: "boolean" },
 *   usernameField: "email",
 * });
 * console.log(table.primaryKeyType); // "bigint"
 * ```
 */
export function userTable(options?: UserTableOptions<never, keyof DjangoUserRow>): UserTable<DjangoUserRow>;
/** The row's type is inferred from `columns`. */
export function userTable<const Columns extends UserColumns>(
  options: UserTableOptions<Columns, NoInfer<Exclude<keyof Columns & string, "password">>> & {
    columns: Columns;
  },
): UserTable<UserRow<Columns>>;
/** The row's type is given; `columns` must name each of its properties, with a type that holds its values. */
export function userTable<Row extends object = never>(
  options: UserTableOptions<ColumnTypesOf<NoInfer<Row>>, NoInfer<keyof Row & string>> & {
    // Without an explicit type, this signature must not accept what the one above rejected.
    columns: [NoInfer<Row>] extends [never] ? never : ColumnTypesOf<NoInfer<Row>>;
  },
): UserTable<Row>;
export function userTable(options: UserTableOptions<UserColumns> = {}): UserTable<Record<string, unknown>> {
  // A misspelt `activeField` or `usernameField` would silently be the default.
  requireKnown("userTable.", options, OPTIONS);
  const columns = checkColumns(options.columns ?? DJANGO_USER_COLUMNS);
  const primaryKey = requireColumn("primaryKey", options.primaryKey ?? "id", columns);
  const usernameField = requireColumn("usernameField", options.usernameField ?? "username", columns);
  const email = options.emailField ?? (Object.hasOwn(columns, "email") ? "email" : null);
  const primaryKeyType = columns[primaryKey]!;
  if (!isPrimaryKeyType(primaryKeyType)) {
    throw new ImproperlyConfigured(
      `primaryKey "${primaryKey}" is of type "${primaryKeyType}", expected integer, bigint, uuid or text`,
    );
  }
  if (columns[usernameField] !== "text" && columns[usernameField] !== "text?") {
    throw new ImproperlyConfigured(
      `usernameField "${usernameField}" is of type "${columns[usernameField]}", expected text`,
    );
  }
  return {
    table: requireTableName("table", options.table ?? USER_TABLE),
    schema: options.schema === undefined ? null : requirePostgresName("schema", options.schema),
    primaryKey,
    primaryKeyType: primaryKeyType as PrimaryKeyType,
    usernameField,
    emailField: email === null ? null : requireColumn("emailField", email, columns),
    activeField: requireActiveField(options.activeField, columns),
    passwordField: "password",
    columns,
  };
}

/** Validates the columns and returns them without `password`. */
function checkColumns(given: UserColumns): UserColumns {
  const columns: Record<string, ColumnType> = {};
  for (const [name, type] of Object.entries(given)) {
    requirePostgresName("columns", name);
    if (RESERVED_NAMES.has(name) || name in Object.prototype) {
      throw new ImproperlyConfigured(
        `columns contains "${name}", which is a member of users, expected another name`,
      );
    }
    if (typeof type !== "string" || !COLUMN_TYPE.test(type)) throw wrongType(name, String(type));
    if (name === "password") {
      if (type !== "text") throw new ImproperlyConfigured(`columns.password is "${type}", expected "text"`);
      continue;
    }
    columns[name] = type;
  }
  return Object.freeze(columns);
}

/** Creates the error for an unknown type, which suggests the type that is known elsewhere by that name. */
function wrongType(column: string, type: string): ImproperlyConfigured {
  const [kind = "", mark = ""] = type.split(/(\?)$/);
  const called = kind.toLowerCase().replace(/field$/, "");
  const name = COLUMN_KINDS.find((known) => known === called) ?? OTHER_KINDS.get(called);
  const expected = name === undefined
    ? `one of ${COLUMN_KINDS.join(", ")}, with ? where it may be null`
    : `"${name}${mark}"`;
  return new ImproperlyConfigured(`columns.${column} is "${type}", expected ${expected}`);
}

/** Requires an explicit choice: a column omitted by mistake would make every deactivated account active again. */
function requireActiveField(given: string | null | undefined, columns: UserColumns): string | null {
  if (given === null) return null;
  const name = given ?? ACTIVE_FIELD;
  if (columns[name] === "boolean") return name;
  throw new ImproperlyConfigured(
    `columns has no boolean "${name}", expected the column that tells whether an account may be used; ` +
      "set activeField: null if the model has none",
  );
}

/** Requires that a column exists, and returns its name. */
function requireColumn(option: string, name: string, columns: UserColumns): string {
  if (!Object.hasOwn(columns, name)) {
    const known = Object.keys(columns).join(", ");
    throw new ImproperlyConfigured(`${option} is "${name}", expected one of the columns: ${known}`);
  }
  return name;
}
