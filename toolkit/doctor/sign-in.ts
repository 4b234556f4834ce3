/** Signs in; if that is refused, finds out what would have been accepted. */
import { iamCredentials, type IamResource } from "../redis/iam-credentials";
import type { AwsCredentials } from "../redis/presign";
import { endpointOf } from "./endpoint";
import type { Finding } from "./finding";
import { notAllowed, resourceText } from "./not-allowed";
import { behindTimeServerMs, type TimeServer } from "./time-server";
import { minutes } from "./token";
import type { Visit } from "./visit";

export interface Signer {
  readonly host: string;
  readonly user: string;
  readonly region: string;
  /** In the ARNs. @default - a place to put it */
  readonly account?: string;
  readonly aws: () => AwsCredentials;
  readonly awsExpire?: Date;
  readonly resource: IamResource;
  readonly now: () => Date;
  readonly timeServer: TimeServer;
}

type Attempt = Partial<Pick<Signer, "resource" | "region">> & { readonly shiftMs?: number };

const minuteMs = 60_000;
/** Nearer than this a clock is right enough for tokens. */
const rightEnoughMs = 2 * minuteMs;

/** Where a wrong clock usually is: some minutes off, or set to local time. A token is good for the quarter of an hour after its date. */
const shiftsMs = [14, 28, 42, 56, 70, ...Array.from({ length: 13 }, (_, at) => (at + 2) * 60), 330]
  .flatMap((behind) => [behind, -behind])
  .map((behind) => behind * minuteMs);

/** One finding or more; the last says whether `visit` is signed in. */
export async function signIn(visit: Visit, signer: Signer): Promise<Finding[]> {
  const refusal = await attempt(visit, signer, {});
  if (refusal === undefined) return [{ check: "sign-in", says: `${signer.user} is signed in` }];
  if (!refusal.startsWith("WRONGPASS"))
    return [{ check: "sign-in", fault: "sign-in", says: `the answer is ${refusal}` }];
  const { awsExpire } = signer;
  if (awsExpire !== undefined && awsExpire <= signer.now())
    return [
      {
        check: "sign-in",
        fault: "expired-credentials",
        says: `refused: the AWS credentials expired at ${awsExpire.toISOString()}`,
        todo: ["get new ones, and try again"],
      },
    ];
  const other = await acceptedOtherwise(visit, signer);
  if (other !== undefined) return [other];
  const behindMs = await behindTimeServerMs(signer.timeServer, () => signer.now().getTime());
  const clock = await acceptedAtAnotherTime(visit, signer, behindMs);
  return clock === undefined ? notAllowed(signer, behindMs) : [clock];
}

async function attempt(
  visit: Visit,
  signer: Signer,
  { resource, region, shiftMs = 0 }: Attempt,
): Promise<string | undefined> {
  const { password } = iamCredentials({
    user: signer.user,
    region: region ?? signer.region,
    aws: signer.aws,
    now: () => new Date(signer.now().getTime() + shiftMs),
    ...(resource ?? signer.resource),
  });
  return visit.refusal(signer.user, password());
}

/** By the name, the kind and the region that the host's name tells of, and by the other kind of cache. */
async function acceptedOtherwise(visit: Visit, signer: Signer): Promise<Finding | undefined> {
  const endpoint = endpointOf(signer.host);
  const name = signer.resource.group ?? signer.resource.serverlessCache;
  const region = endpoint?.region ?? signer.region;
  const resources: IamResource[] = [signer.resource];
  if (endpoint !== undefined)
    resources.push(endpoint.kind === "group" ? { group: endpoint.name } : { serverlessCache: endpoint.name });
  resources.push(signer.resource.group === undefined ? { group: name } : { serverlessCache: name });
  for (const resource of resources) {
    if (resource === signer.resource && region === signer.region) continue;
    if ((await attempt(visit, signer, { resource, region })) !== undefined) continue;
    return {
      check: "sign-in",
      fault: "signed-name",
      says: `refused for ${resourceText(signer.resource)} in ${signer.region}, and accepted for ${resourceText(resource)} in ${region}`,
      todo: [`sign for ${resourceText(resource)} in ${region}`],
    };
  }
  return undefined;
}

async function acceptedAtAnotherTime(
  visit: Visit,
  signer: Signer,
  behindMs: number | undefined,
): Promise<Finding | undefined> {
  const knownMs = behindMs === undefined || Math.abs(behindMs) < rightEnoughMs ? [] : [behindMs];
  for (const shiftMs of [...knownMs, ...shiftsMs]) {
    if ((await attempt(visit, signer, { shiftMs })) !== undefined) continue;
    const skewMs = (await behindRedisMs(visit, signer)) ?? shiftMs;
    return {
      check: "sign-in",
      fault: "clock",
      says: `refused, and accepted with another time: this clock is ${minutes(Math.abs(skewMs))} ${skewMs > 0 ? "behind" : "ahead"}`,
      todo: ["set the clock of whatever signs; it has to be right to some minutes"],
    };
  }
  return undefined;
}

/** `undefined` if the user may not ask. To be called once it is signed in. */
async function behindRedisMs(visit: Visit, { now }: Signer): Promise<number | undefined> {
  const reply: unknown = await visit.call("TIME").catch(() => undefined);
  if (!Array.isArray(reply)) return undefined;
  return Number(reply[0]) * 1_000 - now().getTime();
}

/** Said even when all is well, before it is too much. */
export async function clockFinding(visit: Visit, signer: Signer): Promise<Finding[]> {
  const behindMs = await behindRedisMs(visit, signer);
  if (behindMs === undefined) return [];
  const off = minutes(Math.abs(behindMs));
  if (Math.abs(behindMs) < rightEnoughMs) return [{ check: "clock", says: `within ${off} of Redis'` }];
  const says = `this clock is ${off} ${behindMs > 0 ? "behind" : "ahead of"} Redis'`;
  return [
    { check: "clock", fault: "clock", says, todo: ["set it: sign-ins are refused when it is some minutes more"] },
  ];
}
