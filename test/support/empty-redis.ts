/** Each test file begins with an empty Redis and an empty cluster. */
import { administer } from "./administer";
import { servers } from "./servers";

beforeAll(async () => {
  const { redis, cluster } = servers();
  const { user, password } = cluster;
  const all = [redis, ...cluster.nodes.map((node) => ({ ...node, user, password }))];
  await Promise.all(all.map((server) => administer(server, (client) => client.flushall())));
});
