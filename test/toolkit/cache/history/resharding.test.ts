/** Many processes on a cluster whose slots move from one primary to another, with the values and the log that lie in them. */
import type { RedisAddress } from "../../../../local/servers/redis";
import { collectionSlot, entrySlot } from "../../../../toolkit/redis/keys";
import { administer } from "../../../support/administer";
import { moveSlot } from "../../../support/resharding";
import { pause } from "../../../support/process-fleet";
import { own, ownRedis, ownRedisCluster } from "../../../support/servers";
import { until } from "../../../support/until";
import { counts, expectInvariants, maxStalenessMs, steady } from "./checks";
import { eventsOf } from "./events";
import { Fleet } from "./fleet";
import { ids } from "./worker-settings";

const keys = [collectionSlot("numbers").log, ...ids.map((id) => entrySlot("numbers", id).entry)];

it("many processes keep all four invariants while the slots of a cluster move", async () => {
  const [nodes, source] = await Promise.all([ownRedisCluster(), ownRedis()]);
  const addresses = nodes.map(({ address }) => address);
  const fleet = own(
    new Fleet({ mode: "cluster", redis: addresses[0]!, source: source.address, maxStalenessMs, steady }),
  );
  await fleet.begun();
  for (const key of [...keys, ...keys]) {
    const slot = await administer(addresses[0]!, (client) => client.cluster("KEYSLOT", key));
    const from = await ownerOf(slot, addresses);
    const to = addresses.find((address) => address !== from)!;
    await moveSlot(slot, from, to, addresses, () => pause(100));
    await pause(100);
  }
  await until("nobody goes past the cache any more", () => {
    const latest = eventsOf(fleet.history, "read").sort((one, other) => one.beganMs - other.beganMs);
    return latest.slice(-300).every(({ tiers }) => !tiers.includes("bypass"));
  });
  const history = await fleet.end();

  expectInvariants(history);
  const { bypass = 0, "read events": reads = 0, "change events": changes = 0 } = counts(history);
  expect(changes).toBeGreaterThan(0);
  expect(bypass).toBeLessThan(reads / 4); // while a slot moves, its scripts must wait, and only its own
}, 60_000);

async function ownerOf(slot: number, addresses: readonly RedisAddress[]): Promise<RedisAddress> {
  for (const address of addresses) {
    const own = await administer(address, async (client) => {
      const [id, ranges] = [await client.cluster("MYID"), await client.cluster("SLOTS")];
      return ranges.some(([first, last, primary]) => first <= slot && slot <= last && primary?.[2] === id);
    });
    if (own) return address;
  }
  throw new Error(`no node owns slot ${slot}`);
}
