/** The settings of djangorestframework-simplejwt: each is an option, or the README explains why not. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { JWT_AUTH_OPTION_NAMES } from "../../../src/auth/options/token_transport.ts";

/** The settings of simplejwt 5.5, and the two hooks of its next release. */
const SETTINGS = [
  ...["ACCESS_TOKEN_LIFETIME", "REFRESH_TOKEN_LIFETIME", "ROTATE_REFRESH_TOKENS", "BLACKLIST_AFTER_ROTATION"],
  ...["UPDATE_LAST_LOGIN", "ALGORITHM", "SIGNING_KEY", "VERIFYING_KEY", "AUDIENCE", "ISSUER", "JSON_ENCODER"],
  ...["JWK_URL", "LEEWAY", "AUTH_HEADER_TYPES", "AUTH_HEADER_NAME", "USER_ID_FIELD", "USER_ID_CLAIM"],
  ...["USER_AUTHENTICATION_RULE", "ON_LOGIN_SUCCESS", "ON_LOGIN_FAILED", "AUTH_TOKEN_CLASSES"],
  ...["TOKEN_TYPE_CLAIM", "JTI_CLAIM", "TOKEN_USER_CLASS", "SLIDING_TOKEN_REFRESH_EXP_CLAIM"],
  ...["SLIDING_TOKEN_LIFETIME", "SLIDING_TOKEN_REFRESH_LIFETIME", "TOKEN_OBTAIN_SERIALIZER"],
  ...["TOKEN_REFRESH_SERIALIZER", "TOKEN_VERIFY_SERIALIZER", "TOKEN_BLACKLIST_SERIALIZER"],
  ...["SLIDING_TOKEN_OBTAIN_SERIALIZER", "SLIDING_TOKEN_REFRESH_SERIALIZER", "CHECK_REVOKE_TOKEN"],
  ...["REVOKE_TOKEN_CLAIM", "CHECK_USER_IS_ACTIVE"],
];

/** Settings that name a Python class. */
const WITHOUT_OPTION = SETTINGS.filter((name) => /_SERIALIZER$|^TOKEN_USER_CLASS$/.test(name));

const README = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

const camelCase = (name: string): string =>
  name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

test("every setting of simplejwt is an option under its own name, or is named in the README", () => {
  for (const name of SETTINGS) {
    const isOption = JWT_AUTH_OPTION_NAMES.includes(camelCase(name));
    assert.equal(isOption, !WITHOUT_OPTION.includes(name), name);
    if (!isOption) assert.match(README, new RegExp(`\`${name}\``), name);
  }
});

test("the README lists exactly the options of jwt that are not settings of simplejwt", () => {
  const [, text = ""] = README.split("\n### Options of `jwt` beside `SIMPLE_JWT`\n");
  const listed = [...text.split(/\n#+ /)[0]!.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name!);
  const settings = SETTINGS.map(camelCase);
  assert.deepEqual(listed.sort(), JWT_AUTH_OPTION_NAMES.filter((name) => !settings.includes(name)).sort());
});
