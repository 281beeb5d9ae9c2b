/**
 * The types of columns and of the rows they form. Types only: runtime checks are in `user_table.ts`.
 */

/** The kinds of values of a column, without the mark for `NULL`. */
export type ColumnKind =
  | "integer"
  | "bigint"
  | "uuid"
  | "text"
  | "boolean"
  | "timestamp"
  | "date"
  | "float"
  | "numeric"
  | "json";

/** The type of a column; with `?` it may be `NULL`. */
export type ColumnType = ColumnKind | `${ColumnKind}?`;

/** Columns by name, in the order in which they are selected. */
export type UserColumns = Readonly<Record<string, ColumnType>>;

/** The TypeScript type of a value of each kind of column. */
export interface ColumnValues {
  /** 32 bits, which fit in a number. */
  integer: number;
  /** 64 bits, which do not. */
  bigint: bigint;
  /** In lower case with hyphens. */
  uuid: string;
  /** A string of any length. */
  text: string;
  /** True or false. */
  boolean: boolean;
  /** To the millisecond; Postgres keeps microseconds. */
  timestamp: Date;
  /** A day without a time, such as `"2026-11-27"`: a `Date` is an instant, and another day elsewhere. */
  date: string;
  /** Double precision. */
  float: number;
  /** All of its digits, which a number could not represent. */
  numeric: string;
  /** Parsed. */
  json: unknown;
}

/** The TypeScript type of a value in a column of this type. */
export type ColumnValue<Type extends ColumnType> = Type extends `${infer Kind extends ColumnKind}?`
  ? ColumnValues[Kind] | null
  : Type extends ColumnKind ? ColumnValues[Type]
  : never;

/** The row of a set of columns; the password hash is never part of it. */
export type UserRow<Columns extends UserColumns> = {
  -readonly [Name in Exclude<keyof Columns, "password">]: ColumnValue<Columns[Name]>;
};

/** The possible types of a column whose values are declared as `Value`; JSON may be declared as anything. */
export type ColumnTypeFor<Value> = {
  [Type in ColumnType]: Type extends `json${string}` ? Type
    : FitsColumn<Value, ColumnValue<Type>> extends true ? Type
    : never;
}[ColumnType];

/** A column may be `NULL` exactly where the property may be `null`. */
export type FitsColumn<Value, Held> = [Value] extends [Held]
  ? null extends Held ? null extends Value ? true : false : true
  : false;

/** The columns that a declared row needs, by name. */
export type ColumnTypesOf<Row extends object> = {
  readonly [Name in Exclude<keyof Row & string, "password">]: ColumnTypeFor<Row[Name]>;
};
