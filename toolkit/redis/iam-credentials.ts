import { checkAnswersAtOnce } from "../given-function";
import { shown } from "../shown";
import { checkText } from "./connect-options";
import { keepAnswers, type RedisCredentials } from "./credentials";
import { type AwsCredentials, presign } from "./presign";

interface IamUser {
  /** The id of the IAM user, which ElastiCache wants to equal its name. */
  readonly user: string;
  readonly region: string;
  /** Asked for each token, because the runtime replaces them. It answers at once: of a provider that answers later keep what it answered. */
  readonly aws: () => AwsCredentials;
  /** @default - the system's clock */
  readonly now?: () => Date;
}

/** What the user signs in to: the id of a replication group, or the name of a serverless cache. Neither is its host name. */
export type IamResource =
  | { readonly group: string; readonly serverlessCache?: undefined }
  | { readonly serverlessCache: string; readonly group?: undefined };

export type IamCredentialsOptions = IamUser & IamResource;

/** ElastiCache ends a connection twelve hours after its last sign-in. */
const connectionLifetimeMs = 12 * 3_600_000;

/**
 * Proves connections to ElastiCache by IAM: with a token signed for the replication group or serverless cache, anew at every
 * connect, and once more on a connection that is still used after eleven hours. Tokens may travel over TLS only: `connectRedis`
 * refuses them without `tls: true`.
 *
 * A refused token shows as `WRONGPASS`, whatever the reason; `larder doctor` tells the reasons apart.
 * Source: "Authenticating with IAM", ElastiCache user guide.
 *
 * @throws RangeError for a host name in place of `group` or `serverlessCache`
 * @throws TypeError for options that can't be; `password` throws one for what `aws` can't have meant
 */
export function iamCredentials({
  user,
  region,
  aws,
  now = () => new Date(),
  ...resource
}: IamCredentialsOptions): RedisCredentials {
  const { name, query } = signedFor(resource);
  checkText("user", user);
  checkText("region", region);
  if (typeof aws !== "function")
    throw new TypeError(
      `aws is ${typeof aws}: give a function that answers { accessKeyId, secretAccessKey, sessionToken }`,
    );
  return {
    username: user,
    tlsOnly: true,
    connectionLifetimeMs,
    password: () =>
      presign({
        service: "elasticache",
        region,
        host: name.toLowerCase(), // ElastiCache keeps names in lower case and checks the signature against that
        query: { Action: "connect", User: user, ...query },
        credentials: checked(aws()),
        now: now(),
      }),
  };
}

function signedFor(resource: IamResource): { name: string; query: Readonly<Record<string, string>> } {
  if (resource.group !== undefined) return { name: checkedName("group", resource.group), query: {} };
  return {
    name: checkedName("serverlessCache", resource.serverlessCache),
    query: { ResourceType: "ServerlessCache" },
  };
}

/** By keys that aren't there, too, a token could be signed, and its refusal would say nothing of them. */
function checked(keys: AwsCredentials): AwsCredentials {
  checkAnswersAtOnce("aws", keys, keepAnswers);
  const given: unknown = keys;
  for (const name of ["accessKeyId", "secretAccessKey", "sessionToken"] as const) {
    const value: unknown = Reflect.get(Object(given), name) ?? (name === "sessionToken" ? "none" : undefined);
    if (typeof value !== "string" || value === "")
      throw new TypeError(`aws answered no ${name}: answer { accessKeyId, secretAccessKey, sessionToken } of the role`);
  }
  return keys;
}

/** With a host name every sign-in would be refused, and nothing would say why. */
function checkedName(option: "group" | "serverlessCache", name: string): string {
  if (typeof name === "string" && /^[a-z\d-]+$/i.test(name)) return name;
  throw new RangeError(
    `${option} is ${shown(name)}: tokens are signed for the id that ElastiCache shows, of letters, digits and hyphens, not for a host name`,
  );
}
