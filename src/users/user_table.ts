/**
 * The typed description of the table of users: its name, its key, its columns, and the type of a row that follows
 * from them. No I/O and no SQL here; the stores read this description.
 */

import { ImproperlyConfigured } from "../errors.ts";
import { ACTIVE_FIELD, USER_TABLE } from "../internal/django_names.ts";
import { requireKnown } from "../internal/option_checks.ts";
import { requirePostgresName } from "../internal/postgres_name.ts";
import type { ColumnKind, ColumnType, ColumnTypesOf, UserColumns, UserRow } from "./columns.ts";

/** A primary key as TypeScript holds it: `integer` is a number, `bigint` a bigint, `uuid` and `text` are strings. */
export type UserId = number | bigint | string;

/** The types that a primary key can have. */
export type PrimaryKeyType = "integer" | "bigint" | "uuid" | "text";

/** Whether a column of this type can be a primary key. */
export function isPrimaryKeyType(type: ColumnType): type is PrimaryKeyType {
  return type === "integer" || type === "bigint" || type === "uuid" || type === "text";
}

/** What a column holds, whether or not it may be `NULL`. */
export function kindOf(type: ColumnType): ColumnKind {
  return type.replace("?", "") as ColumnKind;
}

/**
 * The columns of Django's own `auth_user` beside `password`. Mirrors `django.contrib.auth.models.AbstractUser`.
 *
 * @example A model that adds to `AbstractUser`
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

/** What {@link userTable} is told; `Name` is the name of a column. */
export interface UserTableOptions<Columns extends UserColumns, Name extends string = string> {
  /** The table's name; `auth_user` if not given. */
  table?: string;
  /** The table's schema; that of the connection's search path if not given. */
  schema?: string;
  /** The column with the primary key; `id` if not given. Its type is `integer`, `bigint`, `uuid` or `text`. */
  primaryKey?: Name;
  /** Django's `USERNAME_FIELD`; `username` if not given. */
  usernameField?: Name;
  /** Django's `EMAIL_FIELD`; `email` where there is such a column. */
  emailField?: Name;
  /**
   * The columns that a user shall have, by name; those of Django's `AbstractUser` if not given. `password` is always
   * read and need not be listed.
   */
  columns?: Columns;
  /**
   * The column that says whether an account may be used; `is_active` if not given. `null` for a model that has no such
   * field: then every user is active, as in Django. It has to be said, so that a forgotten column lets no inactive user in.
   */
  activeField?: Name | null;
}

/** A table of users, as {@link userTable} describes it. `Row` is the type of its rows. */
export interface UserTable<Row extends object = DjangoUserRow> {
  /** The table's name. */
  readonly table: string;
  /** The table's schema, or `null` for the search path. */
  readonly schema: string | null;
  /** The column with the primary key. */
  readonly primaryKey: keyof Row & string;
  /** The type of the primary key. */
  readonly primaryKeyType: PrimaryKeyType;
  /** The column that is the username. */
  readonly usernameField: keyof Row & string;
  /** The column with the e-mail address, or `null`. */
  readonly emailField: (keyof Row & string) | null;
  /** The column that says whether an account may be used, or `null`. */
  readonly activeField: (keyof Row & string) | null;
  /** The column with the password hash; never one of `columns`. */
  readonly passwordField: "password";
  /** The other columns in the order in which they are selected. */
  readonly columns: Readonly<Record<keyof Row & string, ColumnType>>;
  /** Never there: it ties the description to the type of its rows, so that tables with other rows are no substitute. */
  readonly "~row"?: Row;
}

/** The names that a column cannot have, since a user's own members have them now or will have them. */
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
/** What Postgres, TypeScript and Django's fields (without `Field`) call them. */
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
 * Describes the table of users. The type of `user` follows from `columns`, or is given: `userTable<MyRow>(…)`.
 *
 * Mirrors what Django reads from `AUTH_USER_MODEL` (`Meta.db_table`, the primary key, `USERNAME_FIELD`).
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a name or a type that cannot be
 *
 * @example A user model of one's own
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
    // Without a given type this signature must not take what the one above refused.
    columns: [NoInfer<Row>] extends [never] ? never : ColumnTypesOf<NoInfer<Row>>;
  },
): UserTable<Row>;
export function userTable(options: UserTableOptions<UserColumns> = {}): UserTable<Record<string, unknown>> {
  // Misspelt, `activeField` would be the default, and `usernameField` another column.
  requireKnown("userTable.", options, OPTIONS);
  const columns = checkColumns(options.columns ?? DJANGO_USER_COLUMNS);
  const primaryKey = requireColumn("primaryKey", options.primaryKey ?? "id", columns);
  const usernameField = requireColumn("usernameField", options.usernameField ?? "username", columns);
  const email = options.emailField ?? (Object.hasOwn(columns, "email") ? "email" : null);
  const primaryKeyType = columns[primaryKey]!;
  if (!isPrimaryKeyType(primaryKeyType)) {
    throw new ImproperlyConfigured(
      `primaryKey "${primaryKey}" has the type "${primaryKeyType}", expected integer, bigint, uuid or text`,
    );
  }
  if (columns[usernameField] !== "text" && columns[usernameField] !== "text?") {
    throw new ImproperlyConfigured(
      `usernameField "${usernameField}" has the type "${columns[usernameField]}", expected text`,
    );
  }
  return {
    table: requirePostgresName("table", options.table ?? USER_TABLE),
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

/** The columns without `password`, each with a name and a type that can be. */
function checkColumns(given: UserColumns): UserColumns {
  const columns: Record<string, ColumnType> = {};
  for (const [name, type] of Object.entries(given)) {
    requirePostgresName("columns", name);
    if (RESERVED_NAMES.has(name) || name in Object.prototype) {
      throw new ImproperlyConfigured(`columns has "${name}", which would hide a member of the user object`);
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

/** What other people call a type is told by its name here. */
function wrongType(column: string, type: string): ImproperlyConfigured {
  const [kind = "", mark = ""] = type.split(/(\?)$/);
  const called = kind.toLowerCase().replace(/field$/, "");
  const name = COLUMN_KINDS.find((known) => known === called) ?? OTHER_KINDS.get(called);
  const expected = name === undefined
    ? `one of ${COLUMN_KINDS.join(", ")}, with ? where it may be null`
    : `"${name}${mark}"`;
  return new ImproperlyConfigured(`columns.${column} is "${type}", expected ${expected}`);
}

/** Left out by mistake, the column would make every deactivated account active again: nothing is guessed here. */
function requireActiveField(given: string | null | undefined, columns: UserColumns): string | null {
  if (given === null) return null;
  const name = given ?? ACTIVE_FIELD;
  if (columns[name] === "boolean") return name;
  throw new ImproperlyConfigured(
    `columns has no boolean "${name}": list the column that says whether an account may be used, ` +
      "or say activeField: null where the model has none",
  );
}

/** The name of a column that exists. */
function requireColumn(option: string, name: string, columns: UserColumns): string {
  if (!Object.hasOwn(columns, name)) {
    const known = Object.keys(columns).join(", ");
    throw new ImproperlyConfigured(`${option} is "${name}", expected one of the columns: ${known}`);
  }
  return name;
}
