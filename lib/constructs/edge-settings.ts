/** What may stand in front of the HTTP API: a name of one's own, and a firewall. Either is CloudFront's. */
import { apiLimits } from "../../lambdas/contract/limits";

export interface DomainSettings {
  /** Such as `api.example.com`; a CNAME or alias record at your name server leads it to `EdgeTarget`, an output of the deploy. */
  readonly name: string;
  /** A certificate for that name in us-east-1, the region that CloudFront takes them from. */
  readonly certificateArn: string;
}

export interface FirewallSettings {
  /**
   * `"count"`: rules only tell what they would block, and the API's own address is answered too; to begin with. `"block"`: they block, and
   * requests that don't come through CloudFront are refused.
   */
  readonly action: "count" | "block";
  /** In five minutes, by one address; more is blocked at once and until it becomes less. */
  readonly requestsPerAddress: number;
}

const ofCertificate = /^arn:aws[a-z-]*:acm:(?<region>[a-z0-9-]+):\d{12}:certificate\/[\w-]+$/;

export function* findDomainMistakes({ name, certificateArn }: DomainSettings): Generator<string> {
  if (!/^(?=.{1,64}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){2,}[a-z]{2,}$/.test(name))
    yield `domain.name is "${name}": use a name below your domain, in lower case and without https://, such as api.example.com`;
  const region = ofCertificate.exec(certificateArn)?.groups?.["region"];
  if (region === undefined)
    yield `domain.certificateArn is "${certificateArn}": use the ARN of a certificate of ACM, arn:aws:acm:us-east-1:…:certificate/…`;
  else if (region !== "us-east-1")
    yield `domain.certificateArn names a certificate in ${region}: request one in us-east-1, CloudFront takes no other`;
}

/** What our own limit grants an address in five minutes: less would make the firewall block who does nothing wrong. */
const grantedByLimits = Math.max(
  ...apiLimits.address.map(({ limit, windowMs, burst }) => burst + (limit * 5 * 60_000) / windowMs),
);

export function* findFirewallMistakes({ requestsPerAddress }: FirewallSettings): Generator<string> {
  if (!Number.isInteger(requestsPerAddress) || requestsPerAddress > 2_000_000_000)
    yield `waf.requestsPerAddress is ${requestsPerAddress}: use a whole number up to 2000000000`;
  else if (requestsPerAddress < grantedByLimits)
    yield `waf.requestsPerAddress is ${requestsPerAddress}, below the ${grantedByLimits} that lambdas/contract/limits.ts grants an address in five minutes: raise it, or lower that limit`;
}

export function* findKeyMistakes(edgeKey: number | undefined, hasEdge: boolean): Generator<string> {
  if (edgeKey === undefined) return;
  if (!Number.isInteger(edgeKey) || edgeKey < 1) yield `edgeKey is ${edgeKey}: use 1, and one more for each new key`;
  if (!hasEdge)
    yield `edgeKey is ${edgeKey}, but there is no CloudFront to give it to: leave it out, or set domain or waf`;
}
