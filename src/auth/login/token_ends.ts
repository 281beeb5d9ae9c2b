/** The end of tokens that a request carries, as a logout makes it. Cookies are not touched here. */

import { isListedType, type Token } from "../../jwt/tokens/token.ts";
import type { TokenService } from "../core/token_service.ts";

/** Blacklists a token that signs in, where requests ask the blacklist about such tokens. */
export async function endAccess<Row extends object>(
  token: Token | null,
  { tokens, transport }: TokenService<Row>,
): Promise<void> {
  if (token === null) return;
  if (transport.checkAccessTokens || isListedType(token.type)) await tokens.blacklist(token);
}
