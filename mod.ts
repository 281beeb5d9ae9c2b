/**
 * Django identity for Bun and Deno servers: a user who is logged in to a Django site is logged in here, over HTTP and
 * over WebSockets. Start with {@link djangoAuth}, and with `attach` of the adapter for your runtime.
 *
 * @module
 */

// The server: logins, guards, options.
export { type DjangoAuth, djangoAuth } from "./src/django_auth.ts";
export type { AuthAccounts, RegisterOptions } from "./src/auth/api/auth_accounts.ts";
export type { AuthLogins, LoginOptions, LogoutOptions } from "./src/auth/api/auth_logins.ts";
export { setDefaultBackend } from "./src/auth/login/backends.ts";
export type { JwtStore } from "./src/auth/request/jwt_store.ts";
export type { LoginBackend } from "./src/auth/options/login_backend.ts";
export type { LoginSubject } from "./src/auth/login/login_subject.ts";
export type { TokenUser } from "./src/auth/identity/token_user.ts";
export type { RequestContext, RequestInfo } from "./src/auth/request/context.ts";
export type { Credentials } from "./src/auth/login/authenticate.ts";
export type { NewUser } from "./src/auth/login/accounts.ts";
export type { CsrfChoice } from "./src/auth/guards/csrf_guard.ts";
export type { EventCount } from "./src/auth/events/counters.ts";
export type { AuthEvent, EventListener, SessionTroubleCode, SocketLimit } from "./src/auth/events/events.ts";
export type { AuthGuards } from "./src/auth/api/auth_guards.ts";
export type { GuardOptions } from "./src/auth/guards/login_redirect.ts";
export type { SafeNextOptions } from "./src/auth/guards/safe_next.ts";
export type { Handler, UserHandler } from "./src/auth/request/handler.ts";
export type { ErrorHandler } from "./src/auth/request/handle.ts";
export { errorResponse, type ProblemCode } from "./src/auth/request/problem.ts";
export type { CredentialPlace, JwtAuthOptions, JwtCookieOptions } from "./src/auth/options/jwt_options.ts";
export type { TokenEndpoints } from "./src/auth/token_views/token_endpoints.ts";
export type { CookieOptions } from "./src/auth/options/cookie_options.ts";
export type {
  CsrfOptions,
  DjangoAuthOptions,
  IdentityCacheOptions,
  PasswordAuthOptions,
  SessionOptions,
  SocketOriginOptions,
  SocketsOptions,
} from "./src/auth/options/options.ts";
export type * from "./src/error_codes.ts";
export * from "./src/errors.ts";
export * from "./src/account_errors.ts";
export type * from "./src/types.ts";

// Sockets.
export type { Connection, RuntimeEvent, RuntimeEventHandler } from "./src/sockets/connection/connection.ts";
export type { Connector, PendingConnection } from "./src/sockets/connection/connector.ts";
export type { SocketRefusal } from "./src/sockets/protocol/close_codes.ts";
export type { DisconnectOptions, DisconnectResult } from "./src/sockets/node/disconnect.ts";
export type { DisconnectTarget } from "./src/sockets/registry/target.ts";
export type { DrainOptions } from "./src/sockets/node/drain.ts";
export type { Sockets } from "./src/sockets/node/sockets.ts";
export type { AnySocket, DjangoSocket, SocketTransport } from "./src/sockets/socket/socket.ts";
export type { SocketLogin, SocketLoginOptions } from "./src/sockets/socket/socket_login.ts";
export type { AcceptedUpgrade, UpgradeDecision } from "./src/sockets/connection/router_upgrade.ts";
export type { AdmittedUpgrade, RefusedUpgrade } from "./src/sockets/upgrade/upgrade.ts";
export type {
  AnonymousRule,
  SocketHandlers,
  SocketUser,
  UpgradeOptions,
} from "./src/sockets/socket/options.ts";

// Users and passwords.
export type { User, UserMembers } from "./src/users/user.ts";
export type {
  ColumnKind,
  ColumnType,
  ColumnTypeFor,
  ColumnTypesOf,
  ColumnValue,
  ColumnValues,
  FitsColumn,
  UserColumns,
  UserRow,
} from "./src/users/columns.ts";
export {
  DJANGO_USER_COLUMNS,
  type DjangoUserRow,
  type PrimaryKeyType,
  type UserId,
  type UserTable,
  userTable,
  type UserTableOptions,
} from "./src/users/user_table.ts";
export { normalizeEmail, normalizeUsername } from "./src/users/normalize.ts";
export {
  createPasswords,
  type Passwords,
  type PasswordsOptions,
  type PasswordVerification,
} from "./src/passwords/passwords.ts";
export type { HasherOptions, Pbkdf2Options } from "./src/passwords/hashers.ts";

// Sessions.
export { Session, type SessionInit } from "./src/session/session.ts";
export type {
  ExpiryOptions,
  SessionDictionary,
  SessionDictionaryOptions,
} from "./src/session/session_dictionary.ts";
export type { SessionSettings } from "./src/session/expiry.ts";
export { SessionPayload } from "./src/session/payload.ts";
export {
  createSessionCodec,
  type SessionCodec,
  type SessionCodecOptions,
  type SessionVerification,
  type UnreadableCode,
  type VerifiedSession,
} from "./src/session/codec.ts";
export type { SessionChange, SessionStore, SessionWrite, StoredSession } from "./src/session/store.ts";

// Tokens.
export { TokenClaims } from "./src/jwt/claims/claims.ts";
export type { JwtAlgorithm } from "./src/jwt/options/algorithms.ts";
export type { SignedTokens } from "./src/jwt/tokens/token.ts";
export type {
  JsonWebKeySet,
  JwtOptions,
  RotationGrace,
  TokenBlacklistOptions,
  TokenType,
} from "./src/jwt/options/options.ts";

// The database, its triggers and its feed.
export type { Database, Queryable } from "./src/database.ts";
export { createPostgresDatabase, type PostgresDatabaseOptions } from "./src/databases/postgres/database.ts";
export { createPostgresFeed, type PostgresFeedOptions } from "./src/databases/postgres/feed.ts";
export type { Feed, FeedHandlers } from "./src/feed.ts";
export type { Timers } from "./src/internal/time/timers.ts";
export {
  createTriggers,
  type Triggers,
  type TriggerScripts,
  type TriggersOptions,
} from "./src/stores/triggers/triggers.ts";
export type { TableName, TriggerTables } from "./src/stores/triggers/sql.ts";
export type { TriggerStatus } from "./src/stores/triggers/status.ts";
export type {
  PostgresClient,
  PostgresQuery,
  PostgresScope,
  PostgresStatement,
} from "./src/databases/postgres/client.ts";

// Django's signing.
export { saltedHmac } from "./src/crypto/salted_hmac.ts";
export type { HashAlgorithm } from "./src/crypto/hmac.ts";
export {
  type SignedText,
  type SignedValue,
  Signer,
  type SignerOptions,
  type SigningKey,
} from "./src/crypto/signer.ts";
export {
  type MaxAgeOptions,
  type TimestampedText,
  type TimestampedValue,
  TimestampSigner,
  type TimestampSignerOptions,
} from "./src/crypto/timestamp_signer.ts";
export { dumps, type DumpsOptions, loads, type LoadsOptions } from "./src/crypto/signing.ts";
