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
  const changes: [variable: string, set: Record<string, string>][] = [
    [
      "REDIS_HOST",
      {
        REDIS_AUTH: "password",
        REDIS_USER: redis.user,
        REDIS_PASSWORD: redis.password,
        REDIS_TLS: "off",
        REDIS_MODE: mode,
        POWERTOOLS_METRICS_DISABLED: "true",
      },
    ],
    [
      "STATE_REDIS_HOST",
      {
        STATE_REDIS_AUTH: "password",
        STATE_REDIS_USER: redis.user,
        STATE_REDIS_PASSWORD: redis.password,
        STATE_REDIS_TLS: "off",
        STATE_REDIS_MODE: mode,
      },
    ],
    ["STATE_REDIS_REPLICAS", { STATE_REDIS_REPLICAS: String(replicas) }],
    ["DATABASE_HOST", { DATABASE_TLS: "off" }],
    ["DATABASE_USER", { DATABASE_AUTH: "password", DATABASE_PASSWORD: postgres.appPassword }],
  ];
  const environment = Object.fromEntries(Object.entries(template).filter(([variable]) => !absentHere.has(variable)));
  for (const [variable, set] of changes) if (variable in template) Object.assign(environment, set);
  return environment;
}
