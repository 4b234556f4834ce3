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

it("gives no password to a function that the template gives no user", () => {
  expect(machineEnvironment({ DATABASE_HOST: "d" }, endpoints)).toEqual({ DATABASE_HOST: "d", DATABASE_TLS: "off" });
  expect(machineEnvironment({}, endpoints)).toEqual({});
});
