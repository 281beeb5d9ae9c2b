/** Why a token is refused: a stable code for each condition, and simplejwt's message for it. */

/** The stable code of a refused token. Several of them share simplejwt's message "Token is invalid". */
export type TokenRefusalCode =
  | "token_malformed"
  | "token_wrong_algorithm"
  | "token_unknown_key"
  | "token_bad_signature"
  | "token_not_yet_valid"
  | "token_expired"
  | "token_wrong_issuer"
  | "token_wrong_audience"
  | "token_blacklisted"
  | "token_reused"
  | "token_no_exp"
  | "token_no_id"
  | "token_no_type"
  | "token_wrong_type"
  | "token_no_refresh_exp"
  | "token_refresh_expired";

/** The refusal of a token; contains nothing of the token itself. */
export interface TokenRefusal {
  /** The stable code. */
  readonly code: TokenRefusalCode;
  /** simplejwt's message, as in its responses. */
  readonly message: string;
}

const INVALID = "Token is invalid";

const MESSAGES: Readonly<Record<TokenRefusalCode, string>> = {
  token_malformed: INVALID,
  token_wrong_algorithm: INVALID,
  token_unknown_key: INVALID,
  token_bad_signature: INVALID,
  token_not_yet_valid: INVALID,
  token_expired: "Token is expired",
  token_wrong_issuer: INVALID,
  token_wrong_audience: INVALID,
  token_blacklisted: "Token is blacklisted",
  // A client learns no more than from simplejwt.
  token_reused: "Token is blacklisted",
  token_no_exp: "Token has no 'exp' claim",
  token_no_id: "Token has no id",
  token_no_type: "Token has no type",
  token_wrong_type: "Token has wrong type",
  token_no_refresh_exp: "Token has no 'refresh_exp' claim",
  token_refresh_expired: "Token 'refresh_exp' claim has expired",
};

/** Returns the refusal for a code; `message` is given if simplejwt's contains a configured name. */
export function tokenRefusal(code: TokenRefusalCode, message: string = MESSAGES[code]): TokenRefusal {
  return { code, message };
}
