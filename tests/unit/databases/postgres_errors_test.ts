/** What the errors of postgres.js mean. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isBrokenConnection, translateError } from "../../../src/databases/postgres/errors.ts";
import { type DatabaseError, DatabaseUnavailable, ImproperlyConfigured } from "../../../src/errors.ts";

const fromServer = (code: string, message = "secret"): object => ({ code, message, severity_local: "ERROR" });

describe("translateError", () => {
  it("gives each SQLSTATE its code and its status", () => {
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

  it("says what the server said, but not where that quotes values", () => {
    assert.match(translateError(fromServer("42P01", 'relation "x" does not exist')).message, /relation "x"/);
    for (const state of ["22P02", "22001", "23505", "23514"]) {
      assert.doesNotMatch(translateError(fromServer(state, 'invalid: "hunter2"')).message, /hunter2/);
    }
  });

  it("says that a database does not exist", () => {
    assert.equal(
      translateError(fromServer("3D000", 'database "sight" does not exist')).message,
      'The database does not exist: the server answered SQLSTATE 3D000: database "sight" does not exist',
    );
  });

  it("names the column that lacks a value, and quotes none", () => {
    const missing = fromServer("23502", 'null value in column "nick" of relation "hunter2"');
    const error = translateError({ ...missing, column_name: "nick", detail: "hunter2" });
    assert.equal(error.message, 'The database answered SQLSTATE 23502: the column "nick" needs a value');
    assert.equal((error as DatabaseError).column, "nick");
    assert.equal((translateError(missing) as DatabaseError).column, undefined);
  });

  it("calls everything of the socket an outage, with its code", () => {
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

  it("calls a mistake of the caller an error", () => {
    assert.equal(translateError({ code: "UNDEFINED_VALUE", message: "" }).code, "database_error");
  });

  it("leaves errors of djauth alone", () => {
    for (const error of [new DatabaseUnavailable(), new ImproperlyConfigured("x")]) {
      assert.equal(translateError(error), error);
    }
  });
});

describe("isBrokenConnection", () => {
  it("is true for what another connection may answer", () => {
    for (const state of ["57P01", "57P02", "57P03", "08006", "53300"]) {
      assert.ok(isBrokenConnection(fromServer(state)));
    }
    for (const code of ["CONNECTION_CLOSED", "CONNECTION_ENDED", "CONNECTION_DESTROYED", "ECONNRESET"]) {
      assert.ok(isBrokenConnection({ code }), code);
    }
  });

  it("is false for what another connection would answer alike", () => {
    for (const state of ["57014", "42P01", "23505", "28P01"]) {
      assert.ok(!isBrokenConnection(fromServer(state)), state);
    }
    assert.ok(!isBrokenConnection({ code: "UNDEFINED_VALUE" }));
    assert.ok(!isBrokenConnection(new DatabaseUnavailable()));
  });
});
