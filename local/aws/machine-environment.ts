/**
 * What one machine changes in a function's environment: passwords for IAM, no TLS, no metrics among the log's lines, and nobody to
 * send mail, so that it lies in the table. Nor is there a CloudFront, so who calls directly is answered.
 *
 * Each set applies only to a function whose template has the variable named first, so that a function never reads here
 * what it wouldn't have when deployed.
 */
import type { LocalEndpoints } from "./endpoints";

/** What tells of services that aren't here. */
const absentHere = new Set(["MAIL_FROM", "EDGE_KEY_HASHES", "DIRECT_CALLS"]);

export function machineEnvironment(
  template: Readonly<Record<string, string>>,
  { redis, postgres }: LocalEndpoints,
): Record<string, string> {
  const { mode, replicas } = redis.group ?? { mode: "single", replicas: 0 };
  const ofRedis = (store: "" | "STATE_") => ({
    [`${store}REDIS_AUTH`]: "password",
    ...(!redis.hasFunctionUsers && { [`${store}REDIS_USER`]: redis.user }),
    [`${store}REDIS_PASSWORD`]: redis.password,
    [`${store}REDIS_TLS`]: "off",
    [`${store}REDIS_MODE`]: mode,
  });
  const changes: [variable: string, set: Record<string, string>][] = [
    ["REDIS_HOST", { ...ofRedis(""), POWERTOOLS_METRICS_DISABLED: "true" }],
    ["STATE_REDIS_HOST", ofRedis("STATE_")],
    ["STATE_REDIS_REPLICAS", { STATE_REDIS_REPLICAS: String(replicas) }],
    ["DATABASE_HOST", { DATABASE_TLS: "off" }],
    ["DATABASE_USER", { DATABASE_AUTH: "password", DATABASE_PASSWORD: postgres.appPassword }],
  ];
  const environment = Object.fromEntries(Object.entries(template).filter(([variable]) => !absentHere.has(variable)));
  for (const [variable, set] of changes) if (variable in template) Object.assign(environment, set);
  return environment;
}
