/** The translation of postgres.js errors. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isBrokenConnection, translateError } from "../../../src/databases/postgres/errors.ts";
import { type DatabaseError, DatabaseUnavailable, ImproperlyConfigured } from "../../../src/errors.ts";

const fromServer = (code: string, message = "secret"): object => ({ code, message, severity_local: "ERROR" });

describe("translateError", () => {
  it("maps each SQLSTATE to a code and a status", () => {
    const meanings: [string, string, number][] = [
      ["23505", "unique_violation", 500],
      ["23502", "not_null_violation", 500],
      ["42501", "database_permission_denied", 500],
      ["25006", "database_permission_denied", 500],
      ["57014", "database_unavailable", 503],
      ["57P01", "database_unavailable", 503],
      ["57P03", "database_unavailable", 503],
      ["53300", "database_unavailable", 503],
      ["08006", "database_unavailable", 503],
      ["28P01", "database_unavailable", 503],
      ["3D000", "database_unavailable", 503],
      ["40001", "database_unavailable", 503],
      ["40P01", "database_unavailable", 503],
      ["55P03", "database_unavailable", 503],
      ["55000", "database_unavailable", 503],
      ["42P01", "database_error", 500],
      ["22021", "invalid_value", 500],
      ["23503", "database_error", 500],
      ["XX000", "database_error", 500],
    ];
    for (const [state, code, status] of meanings) {
      const error = translateError(fromServer(state));
      assert.deepEqual([error.code, error.status], [code, status], state);
      assert.match(error.message, new RegExp(state));
    }
  });

  it("includes the server's message, except where that quotes values", () => {
    assert.match(translateError(fromServer("42P01", 'relation "x" does not exist')).message, /relation "x"/);
    for (const state of ["22P02", "22001", "23505", "23514"]) {
      assert.doesNotMatch(translateError(fromServer(state, 'invalid: "hunter2"')).message, /hunter2/);
    }
  });

  it("reports that a database does not exist", () => {
    assert.equal(
      translateError(fromServer("3D000", 'database "sight" does not exist')).message,
      'The database does not exist: the server answered SQLSTATE 3D000: database "sight" does not exist',
    );
  });

  it("names the column that lacks a value, and quotes no value", () => {
    const missing = fromServer("23502", 'null value in column "nick" of relation "hunter2"');
    const error = translateError({ ...missing, column_name: "nick", detail: "hunter2" });
    assert.equal(error.message, 'The database answered SQLSTATE 23502: the column "nick" needs a value');
    assert.equal((error as DatabaseError).column, "nick");
    assert.equal((translateError(missing) as DatabaseError).column, undefined);
  });

  it("names the constraint that is violated, and quotes no value", () => {
    const meanings = [
      ["23503", "database_error"],
      ["23514", "database_error"],
      ["23505", "unique_violation"],
    ] as const;
    for (const [state, code] of meanings) {
      const violated = { ...fromServer(state, "hunter2"), constraint_name: "member_rule", detail: "hunter2" };
      const error = translateError(violated) as DatabaseError;
      assert.equal(
        error.message,
        `The database answered SQLSTATE ${state}: the constraint "member_rule" is violated`,
      );
      assert.deepEqual([error.code, error.constraint, error.sqlState], [code, "member_rule", state]);
      assert.doesNotMatch(JSON.stringify(error) + String(error.cause), /hunter2/);
      const unnamed = translateError(fromServer(state)) as DatabaseError;
      assert.equal(unnamed.message, `The database answered SQLSTATE ${state}`);
      assert.equal(unnamed.constraint, undefined);
    }
  });

  it("reports every socket error as an outage, with its code", () => {
    for (
      const code of [
        "ECONNREFUSED",
        "ECONNRESET",
        "EPIPE",
        "ENOTFOUND",
        "CONNECTION_CLOSED",
        "CONNECT_TIMEOUT",
      ]
    ) {
      const error = translateError(Object.assign(new Error("connect 10.0.0.1:5432"), { code }));
      assert.equal(error.code, "database_unavailable");
      assert.match(error.message, new RegExp(code));
      assert.doesNotMatch(error.message, /10\.0\.0\.1/);
    }
    assert.equal(translateError(new TypeError("socket is null")).code, "database_unavailable");
    assert.equal(translateError(undefined).code, "database_unavailable");
  });

  it("names the file with the rights that a role may lack", () => {
    const denied = translateError(fromServer("42501", "permission denied for table auth_user"));
    assert.match(denied.message, /table auth_user; the rights .* examples\/least_privilege\.sql$/);
    // Of a server that is read-only, no role may write anything.
    assert.doesNotMatch(translateError(fromServer("25006")).message, /least_privilege/);
  });

  it("reports a mistake of the caller as database_error", () => {
    assert.equal(translateError({ code: "UNDEFINED_VALUE", message: "" }).code, "database_error");
  });

  it("returns djauth's own errors unchanged", () => {
    for (const error of [new DatabaseUnavailable(), new ImproperlyConfigured("x")]) {
      assert.equal(translateError(error), error);
    }
  });
});

describe("isBrokenConnection", () => {
  it("is true for errors that another connection may not have", () => {
    for (const state of ["57P01", "57P02", "57P03", "08006", "53300"]) {
      assert.ok(isBrokenConnection(fromServer(state)));
    }
    for (const code of ["CONNECTION_CLOSED", "CONNECTION_ENDED", "CONNECTION_DESTROYED", "ECONNRESET"]) {
      assert.ok(isBrokenConnection({ code }), code);
    }
  });

  it("is false for errors that another connection would have too", () => {
    for (const state of ["57014", "42P01", "23505", "28P01"]) {
      assert.ok(!isBrokenConnection(fromServer(state)), state);
    }
    assert.ok(!isBrokenConnection({ code: "UNDEFINED_VALUE" }));
    assert.ok(!isBrokenConnection(new DatabaseUnavailable()));
  });
});
