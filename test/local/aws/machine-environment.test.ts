import type { RedisGroup } from "../../../local/servers/redis-group";
import { machineEnvironment } from "../../../local/aws/machine-environment";
import { endpoints } from "./assembly-fixture";

it("replaces IAM by passwords in what the template sets", () => {
  const template = { REDIS_HOST: "h", REDIS_AUTH: "iam", DATABASE_HOST: "d", DATABASE_USER: "app", OWN: "1" };
  expect(machineEnvironment(template, endpoints)).toEqual({
    REDIS_HOST: "h",
    REDIS_AUTH: "password",
    REDIS_USER: "app",
    REDIS_PASSWORD: "redis-secret",
    REDIS_TLS: "off",
    REDIS_MODE: "single",
    POWERTOOLS_METRICS_DISABLED: "true",
    DATABASE_HOST: "d",
    DATABASE_USER: "app",
    DATABASE_AUTH: "password",
    DATABASE_PASSWORD: "app-secret",
    DATABASE_TLS: "off",
    OWN: "1",
  });
});

it("does so for the Redis of sessions too, by itself", () => {
  expect(machineEnvironment({ STATE_REDIS_HOST: "s", STATE_REDIS_AUTH: "iam" }, endpoints)).toEqual({
    STATE_REDIS_HOST: "s",
    STATE_REDIS_AUTH: "password",
    STATE_REDIS_USER: "app",
    STATE_REDIS_PASSWORD: "redis-secret",
    STATE_REDIS_TLS: "off",
    STATE_REDIS_MODE: "single",
  });
});

it("lets functions sign in as themselves where the Redis has their users", () => {
  const redis = { ...endpoints.redis, hasFunctionUsers: true };
  const template = { REDIS_HOST: "h", REDIS_USER: "catalog", STATE_REDIS_HOST: "s", STATE_REDIS_USER: "state-catalog" };
  const environment = machineEnvironment(template, { ...endpoints, redis });
  expect(environment).toMatchObject({ REDIS_USER: "catalog", STATE_REDIS_USER: "state-catalog" });
  expect(environment["REDIS_PASSWORD"]).toBe("redis-secret");
  expect(machineEnvironment(template, endpoints)).toMatchObject({ REDIS_USER: "app", STATE_REDIS_USER: "app" });
});

it("says that its Redis has no replicas to wait for", () => {
  expect(machineEnvironment({ STATE_REDIS_REPLICAS: "2" }, endpoints)).toEqual({ STATE_REDIS_REPLICAS: "0" });
});

it("gives no password to a function that the template gives no user", () => {
  expect(machineEnvironment({ DATABASE_HOST: "d" }, endpoints)).toEqual({ DATABASE_HOST: "d", DATABASE_TLS: "off" });
  expect(machineEnvironment({}, endpoints)).toEqual({});
});

it("lets nobody send mail, whatever the stage does when deployed", () => {
  expect(machineEnvironment({ MAIL_FROM: "shop@example.com", OWN: "1" }, endpoints)).toEqual({ OWN: "1" });
});

it("connects to a Redis that is kept as ElastiCache keeps it in its mode, and has its replicas confirm what they must", () => {
  const group = { mode: "cluster", replicas: 1 } as unknown as RedisGroup;
  const template = { REDIS_HOST: "h", STATE_REDIS_HOST: "h", STATE_REDIS_REPLICAS: "2" };
  expect(machineEnvironment(template, { ...endpoints, redis: { ...endpoints.redis, group } })).toMatchObject({
    REDIS_MODE: "cluster",
    STATE_REDIS_MODE: "cluster",
    STATE_REDIS_REPLICAS: "1",
  });
  expect(machineEnvironment(template, endpoints)).toMatchObject({ REDIS_MODE: "single", STATE_REDIS_REPLICAS: "0" });
});

it("knows no CloudFront, and so refuses nobody who doesn't come through it", () => {
  const template = { EDGE_KEY_HASHES: "not-on-this-machine", DIRECT_CALLS: "refused", OWN: "1" };
  expect(machineEnvironment(template, endpoints)).toEqual({ OWN: "1" });
});
