import type { Context } from "aws-lambda";
import { withDoctor } from "#platform/doctor";
import { accessString } from "../../lib/constructs/redis-rights";
import { administer } from "../support/administer";
import { OwnElastiCache } from "../support/own-elasticache";
import { functionUsers } from "../support/redis-users";

const handler = withDoctor(async (event: unknown) => event);
const context = { invokedFunctionArn: "arn:aws:lambda:eu-west-1:111122223333:function:catalog" } as Context;

describe("a function that is called by hand as a doctor", () => {
  const before = process.env;
  let cache: OwnElastiCache;
  beforeAll(async () => {
    cache = await OwnElastiCache.start("single");
    const { address } = cache.servers[0]!;
    await administer(address, (redis) =>
      redis.call("ACL", "SETUSER", "admin", "on", `>${address.password}`, "~*", "&*", "+@all"),
    );
    const { accessKeyId, secretAccessKey, sessionToken } = cache.credentialOptions().aws();
    const settings = {
      MODE: "single",
      HOST: "127.0.0.1",
      PORT: String(cache.port),
      USER: "larder-app",
      GROUP: cache.name,
      AUTH: "iam",
      TLS: "verify",
    };
    const variables = Object.entries(settings).flatMap(([name, value]) => [
      [`REDIS_${name}`, value],
      [`STATE_REDIS_${name}`, value],
    ]);
    process.env = {
      ...before,
      ...Object.fromEntries(variables),
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    };
  });
  afterAll(() => void (process.env = before));

  it("says of each Redis that it uses how its sign-in went", async () => {
    const [diagnosis, ...more] = (await handler({ doctor: true }, context)) as { findings: { fault?: string }[] }[];
    expect(diagnosis?.findings.map(({ fault }) => fault)).toEqual(Array(7).fill(undefined));
    expect(more).toEqual([]); // it is the same for both
  });

  it.each(functionUsers)(
    "finds no fault in the rights of a function's user, and has nothing refused: $name",
    async ({ rights }) => {
      const { address } = cache.servers[0]!;
      const rules = accessString(rights, "single").split(" ");
      const log = await administer({ ...address, user: "admin" }, async (redis) => {
        await redis.call("ACL", "LOG", "RESET");
        await redis.call("ACL", "SETUSER", address.user, "reset", `>${address.password}`, ...rules);
        const [diagnosis] = (await handler({ doctor: true }, context)) as { findings: { fault?: string }[] }[];
        expect(diagnosis?.findings.map(({ fault }) => fault)).toEqual(Array(7).fill(undefined));
        return redis.call("ACL", "LOG");
      });
      expect(log).toEqual([]);
    },
  );

  it("names the ARNs of its own account", async () => {
    cache.allow();
    const answer = await handler({ doctor: true }, context);
    expect(JSON.stringify(answer)).toContain(cache.resourceArn);
    expect(JSON.stringify(answer)).not.toContain("X-Amz-Signature");
  });

  it.each([{ doctor: false }, { version: "2.0", body: '{"doctor":true}' }, {}, undefined])(
    "does its work for %j",
    async (event) => {
      await expect(handler(event, context)).resolves.toBe(event);
    },
  );
});
