/** How ElastiCache checks a token: by the signature recomputed from what the token says, its time, and what its key's policy allows. */
import { createHash, createHmac } from "node:crypto";

export interface AccessKey {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Resources of `elasticache:Connect` in the policy of whoever has the key. */
  readonly allowed: readonly string[];
}

export interface SignInTarget {
  readonly type: "replicationgroup" | "serverlesscache";
  /** In lower case. */
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly accessKeys: ReadonlyMap<string, AccessKey>;
  /** Ids of the users in the user group. */
  readonly users: ReadonlySet<string>;
}

/** How far ahead of ElastiCache a client's clock may be. */
const toleranceMs = 5 * 60_000;

/** Why a token is refused, which no client is told; `undefined` if it is good. */
export function faultOf(token: string, user: string, target: SignInTarget, nowMs: number): string | undefined {
  const [, host, query = ""] = /^([^/]*)\/\?(.*)$/.exec(token) ?? [];
  const parameters = new URLSearchParams(query);
  const said = (name: string) => parameters.get(name) ?? "";
  const [accessKeyId = "", day = "", region, ...service] = said("X-Amz-Credential").split("/");
  const key = target.accessKeys.get(accessKeyId);
  const signedMs = Date.parse(
    said("X-Amz-Date").replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  const lifetimeMs = Number(said("X-Amz-Expires")) * 1_000;
  const arns = [`${target.type}:${target.name}`, `user:${user}`].map(
    (resource) => `arn:aws:elasticache:${target.region}:${target.account}:${resource}`,
  );
  const checks: readonly (readonly [fault: string, holds: boolean])[] = [
    ["host", host === target.name],
    ["action", said("Action") === "connect"],
    ["user", said("User") === user && target.users.has(user)],
    ["resource type", said("ResourceType") === (target.type === "serverlesscache" ? "ServerlessCache" : "")],
    ["algorithm", said("X-Amz-Algorithm") === "AWS4-HMAC-SHA256" && said("X-Amz-SignedHeaders") === "host"],
    ["scope", service.join("/") === "elasticache/aws4_request" && region === target.region],
    ["date", said("X-Amz-Date").startsWith(day) && !Number.isNaN(signedMs)],
    ["not yet valid", signedMs <= nowMs + toleranceMs],
    ["expired", lifetimeMs > 0 && lifetimeMs <= 900_000 && nowMs <= signedMs + lifetimeMs],
    ["access key", key !== undefined && said("X-Amz-Security-Token") === (key.sessionToken ?? "")],
    ["signature", key !== undefined && said("X-Amz-Signature") === signatureOf(query, host ?? "", key.secretAccessKey)],
    ["policy", key !== undefined && arns.every((arn) => key.allowed.includes(arn))],
  ];
  return checks.find(([, holds]) => !holds)?.[0];
}

/** From the token's own words, in their order: what signs must have escaped and sorted them as AWS does. */
function signatureOf(query: string, host: string, secretAccessKey: string): string {
  const signed = query.split("&").filter((part) => !part.startsWith("X-Amz-Signature="));
  const parameters = new URLSearchParams(query);
  const date = parameters.get("X-Amz-Date") ?? "";
  const scoped = parameters.get("X-Amz-Credential")?.split("/").slice(1) ?? [];
  const request = `GET\n/\n${signed.sort().join("&")}\nhost:${host}\n\nhost\n${hash("")}`;
  const text = `AWS4-HMAC-SHA256\n${date}\n${scoped.join("/")}\n${hash(request)}`;
  let key: Buffer | string = `AWS4${secretAccessKey}`;
  for (const part of scoped) key = createHmac("sha256", key).update(part).digest();
  return createHmac("sha256", key).update(text).digest("hex");
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
