import { isIPv6 } from "node:net";
import * as z from "zod/mini";

/**
 * The address that a request is counted under: of IPv6 the network of 64 bits, which is what one customer of a provider
 * has.
 */
export function limitedAddress(sourceIp: string): string {
  if (!isIPv6(sourceIp)) return sourceIp;
  const groups = expanded(sourceIp).slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}

const CalledEvent = z.object({ requestContext: z.object({ http: z.object({ sourceIp: z.string() }) }) });

/** The address that API Gateway has seen a request come from, as it is counted. */
export function callerAddress(event: unknown): string {
  return limitedAddress(CalledEvent.parse(event).requestContext.http.sourceIp);
}

/** Its eight groups. */
function expanded(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const groupsOf = (text: string) => (text === "" ? [] : text.split(":"));
  const [before, after] = [groupsOf(head), groupsOf(tail ?? "")];
  return tail === undefined
    ? before
    : [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
}
