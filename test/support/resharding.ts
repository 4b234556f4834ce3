/** Moves a slot of a cluster from one primary to another, as an online resharding does. */
import type { RedisAddress } from "../../local/servers/redis";
import { administer } from "./administer";

/** `halfway` runs while some of the slot's keys lie here and some there. */
export async function moveSlot(
  slot: number,
  from: RedisAddress,
  to: RedisAddress,
  all: readonly RedisAddress[],
  halfway: () => Promise<void>,
): Promise<void> {
  const [fromId, toId] = await Promise.all(
    [from, to].map((node) => administer(node, (client) => client.cluster("MYID"))),
  );
  await administer(to, (client) => client.cluster("SETSLOT", slot, "IMPORTING", String(fromId)));
  await administer(from, (client) => client.cluster("SETSLOT", slot, "MIGRATING", String(toId)));
  await administer(from, async (client) => {
    const keys = () => client.cluster("GETKEYSINSLOT", slot, 1);
    await migrate(await keys());
    await halfway();
    for (let next = await keys(); next.length > 0; next = await keys()) await migrate(next);

    async function migrate(moved: unknown[]): Promise<void> {
      if (moved.length === 0) return;
      const { host, port, user, password } = to;
      await client.call("MIGRATE", host, port, "", 0, 1_000, "AUTH2", user, password, "KEYS", ...moved.map(String));
    }
  });
  // The new owner first: the old one would otherwise send clients to a node that doesn't know yet.
  for (const node of [to, from, ...all])
    await administer(node, (client) => client.cluster("SETSLOT", slot, "NODE", String(toId)));
}
