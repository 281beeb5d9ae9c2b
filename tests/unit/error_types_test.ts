/** The codes that each error can have according to its type, and at runtime. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthenticationError, InvalidUser, NotAuthenticated, UserExists } from "../../src/account_errors.ts";
import type {
  AuthenticationCode,
  DatabaseErrorCode,
  ErrorCode,
  NotAuthenticatedCode,
} from "../../src/error_codes.ts";
import {
  BadSignature,
  CsrfError,
  DatabaseError,
  DatabaseUnavailable,
  DjauthError,
  ImproperlyConfigured,
  KeysUnavailable,
  PermissionDenied,
  SessionError,
  SignatureExpired,
} from "../../src/errors.ts";

/** Whether two types are identical, not only assignable. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the types are identical. */
function same<A, B>(_proof: Same<A, B>): void {}

test("the type of each class has exactly its codes", () => {
  same<DjauthError["code"], ErrorCode>(true);
  same<ImproperlyConfigured["code"], "improperly_configured">(true);
  same<BadSignature["code"], "bad_signature" | "signature_expired">(true);
  same<SignatureExpired["code"], "signature_expired">(true);
  same<SessionError["code"], "session_deleted" | "session_exists">(true);
  same<PermissionDenied["code"], "permission_denied" | "csrf_failed">(true);
  same<CsrfError["code"], "csrf_failed">(true);
  same<DatabaseError["code"], DatabaseErrorCode>(true);
  same<DatabaseUnavailable["code"], "database_unavailable">(true);
  same<KeysUnavailable["code"], "keys_unavailable">(true);
  same<AuthenticationError["code"], AuthenticationCode>(true);
  same<NotAuthenticated["code"], NotAuthenticatedCode>(true);
  same<UserExists["code"], "user_exists">(true);
  same<InvalidUser["code"], "invalid_user">(true);
});

test("a switch over the code of an error is exhaustive", () => {
  // Without a default, this compiles only if every code is handled.
  function words(error: SessionError): string {
    switch (error.code) {
      case "session_deleted":
        return "gone";
      case "session_exists":
        return "there already";
    }
  }
  assert.equal(words(new SessionError("session_deleted", "x")), "gone");
  assert.equal(words(new SessionError("session_exists", "x")), "there already");
});

test("an error of each class has its code", () => {
  const errors = [
    new ImproperlyConfigured("x"),
    new BadSignature(),
    new SignatureExpired(),
    new SessionError("session_exists", "x"),
    new PermissionDenied(),
    new CsrfError("x"),
    new DatabaseError("x", "unique_violation"),
    new DatabaseUnavailable(),
    new KeysUnavailable(),
    new AuthenticationError("wrong_password", "x"),
    new NotAuthenticated("session_expired"),
    new UserExists(),
    new InvalidUser("x"),
  ];
  assert.deepEqual(errors.map(({ code }) => code), [
    "improperly_configured",
    "bad_signature",
    "signature_expired",
    "session_exists",
    "permission_denied",
    "csrf_failed",
    "unique_violation",
    "database_unavailable",
    "keys_unavailable",
    "wrong_password",
    "session_expired",
    "user_exists",
    "invalid_user",
  ]);
});

test("an error with a code of the application's own has the status 500", () => {
  assert.equal(new DjauthError("nope" as never, "x").status, 500);
});
