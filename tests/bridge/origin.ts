/** The bridge's operations `host.*` and `origin.allowed`. */

import { getPort, splitDomainPort, verifyHost } from "../../src/origin/host.ts";
import { isSameDomain } from "../../src/origin/same_domain.ts";
import { verifyAllowedOrigins } from "../../src/origin/socket_origin.ts";
import { type Operations, Refusal } from "./protocol.ts";
import { describedRequest, describedSettings, type RequestArguments } from "./requests.ts";

/** Operations by their names in the protocol. */
export const operations: Operations = {
  "host.get_host": (args: RequestArguments) => requireHost(args),
  "host.get_port": (args: RequestArguments) => getPort(describedRequest(args).facts, describedSettings(args)),
  "host.split_domain_port": ({ host }: { host: string }) => {
    const { domain, port } = splitDomainPort(host);
    return [domain, port];
  },
  "host.is_same_domain": ({ host, pattern }: { host: string; pattern: string }) =>
    isSameDomain(host, pattern),
  "origin.allowed": (args: { origin?: string; allowed_origins: string[] }) =>
    verifyAllowedOrigins(args.origin ?? null, args.allowed_origins),
};

function requireHost(args: RequestArguments): string {
  const host = verifyHost(describedRequest(args).facts, describedSettings(args));
  if (host === null) throw new Refusal("disallowed_host");
  return host;
}
