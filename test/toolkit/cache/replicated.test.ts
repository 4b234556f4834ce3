import { connectRedis, guardOf, RedisUnavailableError, SharedCache, type RedisClient } from "@larder/toolkit";
import type { RedisKey } from "ioredis";
import { entrySlot } from "../../../toolkit/redis/keys";
import { confirmed } from "../../support/confirmed";
import { connected, reach } from "../../support/redis-clients";
import { ownReplicatedRedis, type ReplicatedRedis } from "../../support/replicated-redis";
import { until } from "../../support/until";

/** A process whose changes count only once both replicas have them. */
function process(redis: ReplicatedRedis, replicas = 2) {
  const connection = () => connected(reach("single", redis.address));
  const films = new SharedCache({
    redis: connection(),
    deadlineMs: 200,
    near: { maxStalenessMs: 0 },
    safety: { replicas, connection: connection() },
  }).collection<string>("films", { ttlMs: 60_000, load: (id) => Promise.resolve(`film ${id}`), tags: () => ["films"] });
  return films;
}

const stored = (films: ReturnType<typeof process>, id: string) =>
  until("it is stored", async () => (await films.lookup(id)).tier === "near");

it("a change that both replicas have is confirmed, of a value, of a tag, and of one that is written through", async () => {
  const redis = await ownReplicatedRedis();
  const films = process(redis);
  await stored(films, "42");
  await confirmed(() => films.invalidate(["42", "43"]));
  await confirmed(() => films.invalidateTags("films"));
  await confirmed(() => films.put("42", () => Promise.resolve("new")));
  await expect(films.get("42")).resolves.toBe("new");
});

it("a change that a stalled replica doesn't have is refused, and carried out all the same", async () => {
  const redis = await ownReplicatedRedis();
  const films = process(redis);
  const other = process(redis);
  await stored(films, "42");
  await stored(other, "42");
  redis.replicas[0]!.freeze();

  const outcome = await films.invalidate("42").catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(RedisUnavailableError);
  expect(outcome).toMatchObject({ operation: "invalidate", reason: "unreplicated" });
  expect((await other.lookup("42")).tier).not.toBe("near"); // the others were told
  await expect(films.invalidateTags("films")).rejects.toMatchObject({ reason: "unreplicated" });

  await stored(other, "43");
  const many = await Promise.allSettled(["43", "44", "45", "46"].map((id) => films.invalidate(id)));
  expect(many.map(({ status }) => status)).toEqual(Array(4).fill("rejected")); // whatever the reason, they were told
  expect((await other.lookup("43")).tier).not.toBe("near");

  redis.replicas[0]!.thaw();
  await confirmed(() => films.invalidate("42"));
});

it("a change that was confirmed survives the loss of the primary", async () => {
  const redis = await ownReplicatedRedis();
  const films = process(redis);
  await stored(films, "42");
  const { entry } = entrySlot("films", "42");
  const present = (client: RedisClient) => guardOf(client).run("exists", 5_000, (each) => each.exists(entry));

  await confirmed(() => films.invalidate("42"));
  await redis.failOver(redis.replicas[1]!, "killed");
  await expect(present(connected(reach("single", redis.address)))).resolves.toBe(0);
});

it("waiting for replicas holds up no read: it has a connection of its own", async () => {
  const redis = await ownReplicatedRedis();
  const films = process(redis);
  await stored(films, "42");
  redis.replicas[0]!.freeze();
  let confirmed = false;
  const change = films
    .invalidate("43")
    .catch(() => undefined)
    .finally(() => (confirmed = true));
  await expect(films.lookup("42")).resolves.toMatchObject({ value: "film 42" });
  expect(confirmed).toBe(false);
  await change;
  redis.replicas[0]!.thaw();
});

it("a confirmation from another connection than the write's counts for nothing", async () => {
  const redis = await ownReplicatedRedis();
  const connection = connectRedis(reach("single", redis.address));
  const films = new SharedCache({
    redis: connected(reach("single", redis.address)),
    deadlineMs: 200,
    safety: { replicas: 1, connection }, // both replicas answer any WAIT, of whatever connection
  }).collection<string>("films", { ttlMs: 60_000, load: () => Promise.resolve("x") });
  await films.invalidate("42");

  // After each write the connection is lost, and another is there before WAIT is sent.
  let writes = 0;
  const unlink = async (keys: RedisKey[]) => {
    writes++;
    const removed = await connection.call("UNLINK", ...keys);
    connection.disconnect(true);
    await new Promise((resolve) => connection.once("ready", resolve));
    return removed;
  };
  Object.assign(connection, { unlink: (...keys: RedisKey[]) => unlink(keys) });
  await expect(films.invalidate("42")).rejects.toBeInstanceOf(RedisUnavailableError);
  expect(writes).toBe(3);
  connection.disconnect();
});
