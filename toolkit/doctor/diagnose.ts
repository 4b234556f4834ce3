import type { IamResource } from "../redis/iam-credentials";
import type { AwsCredentials } from "../redis/presign";
import { endpointOf } from "./endpoint";
import type { Finding } from "./finding";
import { resourceText } from "./not-allowed";
import { reachByTls, reachPort, resolveName } from "./reach";
import { rightsFinding } from "./rights";
import { nodesFinding, serverFacts } from "./server";
import { clockFinding, signIn } from "./sign-in";
import { amazonTimeSync, type TimeServer } from "./time-server";
import { tokenFindings } from "./token";
import { Visit } from "./visit";

interface Patient {
  /** The endpoint. */
  readonly host: string;
  /** @default 6379 */
  readonly port?: number;
  /** The id of the IAM user. */
  readonly user: string;
  readonly region: string;
  /** For the ARNs that are named. @default - a place to put it */
  readonly account?: string;
  readonly aws: () => AwsCredentials;
  /** When those expire. @default - not known */
  readonly awsExpire?: Date;
  /** One that was made elsewhere, to be looked at too. @default - none */
  readonly token?: string;
  /** Whether the user has the rights of what it does, and no others: these aren't tried then, for ElastiCache counts what it refuses. @default false */
  readonly narrow?: boolean;
}

export type DiagnoseOptions = Patient & IamResource;

/** What is outside of the toolkit: a test puts others in their places. */
export interface Surroundings {
  readonly now: () => Date;
  readonly timeServer: TimeServer;
  readonly resolve: typeof resolveName;
}

const system: Surroundings = { now: () => new Date(), timeServer: amazonTimeSync, resolve: resolveName };

/**
 * Why a client can't sign in to ElastiCache by IAM: one finding after another, until one leaves nothing more to be looked at.
 *
 * If a sign-in is refused it tries others, some 40, which count as failed ones in ElastiCache's metrics. It writes one key, for a second.
 */
export async function* diagnose(
  { host, port = 6379, token, narrow = false, ...patient }: DiagnoseOptions,
  { now, timeServer, resolve }: Surroundings = system,
): AsyncGenerator<Finding, void, undefined> {
  const [resource, ...misnamed] = signedResource(patient);
  yield* misnamed;
  if (token !== undefined) {
    const name = resource.group ?? resource.serverlessCache;
    const expected = { ...patient, name: name.toLowerCase(), serverless: resource.group === undefined };
    yield* tokenFindings(token, expected, now().getTime());
  }

  const named = await resolve(host);
  if (named.fault !== undefined) {
    const todo = ["is the name right, does the cache still exist, and has the VPC DNS support?"];
    return yield { check: "name", ...named, todo };
  }
  yield { check: "name", says: `${host} is ${named.addresses.join(", ")}` };

  const address = yield* reachedAddress(named.addresses, port);
  if (address === undefined) return;

  const tls = await reachByTls(host, address, port);
  if (tls.fault !== undefined) return yield { check: "tls", ...tls, todo: [tlsRemedies[tls.fault] ?? ""] };
  yield { check: "tls", says: `${tls.version}, certificate good until ${tls.certificate.valid_to}` };

  const visit = new Visit({ host, address, port });
  try {
    yield* signedIn(visit, { ...patient, host, resource, now, timeServer }, narrow);
  } catch (error) {
    const says = `no answer: ${error instanceof Error ? error.message : String(error)}`;
    yield { check: "sign-in", fault: "sign-in", says };
  } finally {
    visit.close();
  }
}

/** A host name in place of the cache's own is put right, where it says which that is. */
function signedResource({ group, serverlessCache }: IamResource): [IamResource, ...Finding[]] {
  const name = group ?? serverlessCache;
  if (/^[a-z\d-]+$/i.test(name)) return [group === undefined ? { serverlessCache: name } : { group: name }];
  const endpoint = endpointOf(name);
  const short = endpoint?.name ?? name.replace(/[^a-z\d-].*$/i, "");
  const resource = (endpoint?.kind ?? "group") === "group" ? { group: short } : { serverlessCache: short };
  const says = `${JSON.stringify(name)} is a host name; tokens are signed for the cache's own name`;
  const todo = [`going on with ${resourceText(resource)}`];
  return [resource, { check: "sign-in", fault: "signed-name", says, todo }];
}

/** The first that answers; more than one of a cluster may be named. */
async function* reachedAddress(
  addresses: readonly string[],
  port: number,
): AsyncGenerator<Finding, string | undefined, undefined> {
  const reached = await Promise.all(
    addresses.map(async (address) => ({ address, ...(await reachPort(address, port)) })),
  );
  let first: string | undefined;
  for (const { address, ...outcome } of reached) {
    if (outcome.fault === undefined) {
      first ??= address;
      yield { check: "network", says: `${address}:${port} answers in ${Math.ceil(outcome.ms)} ms` };
    } else {
      const todo =
        outcome.fault === "refused"
          ? ["is the port right? A serverless cache also reads at 6380"]
          : [
              "ElastiCache is reached from its VPC only: run this where the function runs",
              "does the cache's security group let this one in, at this port, and this one out?",
            ];
      yield { check: "network", ...outcome, todo };
    }
  }
  return first;
}

const tlsRemedies: Readonly<Record<string, string>> = {
  "no-tls": "tokens travel over TLS only: switch encryption in transit on (TransitEncryptionEnabled)",
  certificate:
    "connect by the name that ElastiCache shows, not by an address or a name of your own; and with the usual authorities",
  tls: "is this the port of a Redis?",
};

async function* signedIn(
  visit: Visit,
  signer: Parameters<typeof signIn>[1],
  narrow: boolean,
): AsyncGenerator<Finding, void, undefined> {
  const findings = await signIn(visit, signer);
  yield* findings;
  if (findings.some(({ fault }) => fault !== undefined)) return;
  yield* await clockFinding(visit, signer);
  const { isCluster, finding } = await serverFacts(visit);
  if (finding !== undefined) yield finding;
  yield await rightsFinding(visit, isCluster, narrow);
  const nodes = isCluster === false ? undefined : await nodesFinding(visit);
  if (nodes !== undefined) yield nodes;
}
