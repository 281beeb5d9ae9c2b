/** The tokens of one `djangoAuth()`: simplejwt's tokens on the tables of this site. */

import type { Database } from "../../database.ts";
import { ImproperlyConfigured } from "../../errors.ts";
import { ownKeyMissingIn } from "../../jwt/jws/own_key.ts";
import { jwtSettings } from "../../jwt/options/settings.ts";
import { createTokens, type Tokens } from "../../jwt/tokens/tokens.ts";
import { createDatabaseTokens } from "../../stores/db_tokens.ts";
import { createRemoteKeySet } from "../../stores/remote_key_set.ts";
import type { Clock, RandomBytes } from "../../types.ts";
import type { User } from "../../users/user.ts";
import type { UserId, UserTable } from "../../users/user_table.ts";
import type { DjangoAuthOptions } from "../options/options.ts";
import type { SettingsHints } from "../events/hints.ts";
import { observedTokens, type OwnChangesListener } from "./own_changes.ts";
import { simpleJwtOptions, type TokenTransport, transportOf } from "../options/token_transport.ts";

/** Tokens, and their transport. */
export interface TokenService<Row extends object> {
  readonly tokens: Tokens<User<Row>>;
  readonly transport: TokenTransport;
}

/** The dependencies of {@link createTokenService}. */
export interface TokenServiceParts<Row extends object> {
  readonly database: Database;
  readonly table: UserTable<Row>;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** Called for tokens that are blacklisted here. */
  readonly announce: OwnChangesListener;
  readonly hints: Pick<SettingsHints, "blacklistMissing" | "ownKeyMissing">;
}

/**
 * Creates the service, or returns `null` without the option `jwt`.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for invalid options, keys and columns
 */
export function createTokenService<Row extends object>(
  options: DjangoAuthOptions<Row>,
  { database, table, clock, randomBytes, announce, hints }: TokenServiceParts<Row>,
): TokenService<Row> | null {
  const { jwt, secretKey, databaseDeadline, timers } = options;
  if (jwt === undefined) return null;
  const settings = jwtSettings<User<Row>>(simpleJwtOptions(jwt), secretKey);
  const stored = createDatabaseTokens({
    database,
    users: table,
    settings,
    clock,
    deadline: databaseDeadline,
    timers,
    onAbsent() {
      if (!settings.rotateRefreshTokens || !settings.blacklistAfterRotation) return;
      hints.blacklistMissing("jwt.rotateRefreshTokens and jwt.blacklistAfterRotation are on");
    },
  });
  const tokens = createTokens<User<Row>>({
    settings,
    secretKey,
    subjectOf: (user) => ({
      pk: user.pk,
      userId: user.get(settings.userIdField as keyof Row & string) as UserId | null,
      password: user.password,
    }),
    store: observedTokens(stored, announce),
    clock,
    randomBytes,
    keys: createRemoteKeySet(settings, options),
  });
  const missingIn = ownKeyMissingIn(settings);
  if (missingIn !== null) hints.ownKeyMissing(missingIn);
  return { tokens, transport: transportOf(jwt, settings) };
}

/**
 * Requires the token service.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` without the option `jwt`
 */
export function requireTokens<Row extends object>(
  { jwt }: { readonly jwt: TokenService<Row> | null },
): TokenService<Row> {
  if (jwt === null) {
    throw new ImproperlyConfigured(
      "jwt is not given, expected jwt: {} to use simplejwt's tokens",
    );
  }
  return jwt;
}
