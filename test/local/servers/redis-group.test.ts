import { administer } from "../../../local/servers/administer";
import { ownRedisGroup } from "../../support/elasticache";
import { redisModes } from "../../support/redis-clients";
import { until } from "../../support/until";

it.each(redisModes)(
  "brings the primary back if its replica hangs before it takes over (%s)",
  async (mode) => {
    const group = await ownRedisGroup(mode);
    const [shard] = group.shards;
    const { primary, replica } = shard!;
    group.onStep(({ is }) => {
      if (is === "lost") replica.server.freeze();
    });
    const failover = group.failOver({ shard: shard!.id, fault: "killed", noticedMs: 100 });
    await expect(failover).rejects.toThrow(`the replica ${replica.number} doesn't take over`);
    expect([group.failingOver, shard]).toEqual([undefined, expect.objectContaining({ primary, replica })]);
    await until("the replica follows again", () =>
      administer(primary.server.address, async (client) => {
        await client.publish("attached", "");
        return (await client.wait(1, 100)) === 1;
      }),
    );
  },
  60_000,
);
