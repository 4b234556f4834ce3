import type { RedisCredentials } from "./credentials";
import { type AwsCredentials, presign } from "./presign";

export interface IamCredentialsOptions {
  /** The id of the IAM user, which ElastiCache wants to equal its name. */
  readonly user: string;
  /** The id of the replication group, not its host name. */
  readonly group: string;
  readonly region: string;
  /** Asked for each token, because the runtime replaces them. */
  readonly aws: () => AwsCredentials;
  readonly now?: () => Date;
}

/**
 * Proves a connection to ElastiCache by IAM: a token signed for the replication group, anew at every connect.
 *
 * A refused token shows as `WRONGPASS`, whatever the reason: wrong group, user not in the group, missing permission on
 * one of the two resources, or a clock that is wrong. Source: "Authenticating with IAM", ElastiCache user guide.
 */
export function iamCredentials({
  user,
  group,
  region,
  aws,
  now = () => new Date(),
}: IamCredentialsOptions): RedisCredentials {
  return {
    username: user,
    password: () =>
      presign({
        service: "elasticache",
        region,
        host: group.toLowerCase(), // ElastiCache keeps names in lower case and checks the signature against that
        query: { Action: "connect", User: user },
        credentials: aws(),
        now: now(),
      }),
  };
}
