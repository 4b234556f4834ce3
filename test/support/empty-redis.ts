/** Each test file begins with an empty Redis and an empty cluster, and ends without a function having been refused its command. */
import { administer } from "./administer";
import { allServers, forgetRefusals, refusals } from "./redis-refusals";

beforeAll(async () => {
  await Promise.all(allServers().map((server) => administer(server, (client) => client.flushall())));
  await forgetRefusals();
});

afterAll(async () => {
  const refused = await refusals();
  if (refused.length > 0)
    throw new Error(
      `a right is missing in lib/stacks/redis-roles.ts or lib/constructs/redis-rights.ts: ${refused.join("; ")}`,
    );
});
