/**
 * Signs a URL with AWS Signature Version 4 in its query string: what ElastiCache and RDS take as a password.
 *
 * It needs no network. Source: "Authenticating Requests: Using Query Parameters", AWS documentation; the tests hold the
 * known answers that AWS published for ElastiCache.
 */
import { createHash, createHmac } from "node:crypto";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface PresignInput {
  readonly service: "elasticache" | "rds-db";
  readonly region: string;
  /** With the port, where the service signs one: RDS does, ElastiCache doesn't. */
  readonly host: string;
  readonly query: Readonly<Record<string, string>>;
  readonly credentials: AwsCredentials;
  readonly now: Date;
}

/** Both services take a token for 15 minutes, and only to open a connection. */
const lifetimeSeconds = 900;

/** Returns the signed URL without its scheme, which is the form that both services take. */
export function presign({ service, region, host, query, credentials, now }: PresignInput): string {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const parameters = {
    ...query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.accessKeyId}/${scope}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(lifetimeSeconds),
    ...(credentials.sessionToken === undefined ? {} : { "X-Amz-Security-Token": credentials.sessionToken }),
    "X-Amz-SignedHeaders": "host",
  };
  const canonicalQuery = Object.entries(parameters)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const request = ["GET", "/", canonicalQuery, `host:${host}`, "", "host", sha256("")].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(request)].join("\n");
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  return `${host}/?${canonicalQuery}&X-Amz-Signature=${hmac(key, toSign).toString("hex")}`;
}

/** RFC 3986: encodeURIComponent leaves five characters that AWS escapes. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
