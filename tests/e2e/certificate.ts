/**
 * A self-signed P-256 certificate for 127.0.0.1 and localhost, made with `openssl ca -selfsign`, not an authority, and
 * valid until 2120. Its key protects nothing.
 */

import type { TestCertificate } from "./serve.ts";

/** For servers of the tests, and the only certificate that their clients trust. */
export const CERTIFICATE: TestCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBajCCARCgAwIBAgIBATAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxkamF1dGgg
dGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBcxFTATBgNV
BAMMDGRqYXV0aCB0ZXN0czBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOlbdRF+
tHR84nWdkguYdbQCtfjs5CL7cqd5twFwxzce8QDcEHCYNjfGvJcYK3uMbNKoOIk9
kRHkQ9anBjeUSxmjSzBJMAwGA1UdEwEB/wQCMAAwGgYDVR0RBBMwEYcEfwAAAYIJ
bG9jYWxob3N0MB0GA1UdDgQWBBRouh3JgCaJZi0nkVz5Qa1bMec/sDAKBggqhkjO
PQQDAgNIADBFAiEArYibjez0oOyATTooHww5gvgKoVZ044WfHjmtzvYbczQCIEGP
vyuyiwN5tYzjBXk8zCeonL4hbumTm3J25DZop4sf
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/HdHzYaoFcNKuFc9
rJr12f5JNJCzuw8wCyrDJECDOmGhRANCAATpW3URfrR0fOJ1nZILmHW0ArX47OQi
+3KnebcBcMc3HvEA3BBwmDY3xryXGCt7jGzSqDiJPZER5EPWpwY3lEsZ
-----END PRIVATE KEY-----
`,
};
