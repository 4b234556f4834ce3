/** What becomes of ended sessions when the primary is lost. */
import type { SessionStore } from "@larder/toolkit";
import { connected, reach } from "../../support/redis-clients";
import { ownReplicatedRedis, type ReplicatedRedis } from "../../support/replicated-redis";
import { confirmed } from "../../support/confirmed";
import { type Cart, cartSessions, newOwner, signIn } from "./cart-sessions";

function sessionsOn(redis: ReplicatedRedis, safety: "best-effort" | "replicated"): SessionStore<Cart> {
  const connection = () => connected(reach("single", redis.address));
  return cartSessions(
    connection(),
    safety === "replicated" ? { safety: { replicas: 2, connection: connection() } } : {},
  );
}

const unreplicated = { name: "RedisUnavailableError", reason: "unreplicated", mayBeDone: true };

it("a session whose end was confirmed stays ended when the primary is lost", async () => {
  const redis = await ownReplicatedRedis();
  const store = sessionsOn(redis, "replicated");
  const owner = newOwner();
  const [one, other, listed] = [await signIn(store, owner), await signIn(store, owner), await signIn(store, owner)];
  const elsewhere = await signIn(store, newOwner());
  await confirmed(() => store.destroy(one.token));
  await confirmed(() => store.destroyById(owner, listed.session.id));
  await redis.failOver(redis.replicas[1]!, "killed");

  const after = sessionsOn(redis, "replicated");
  await expect(after.read(one.token)).resolves.toBeUndefined();
  await expect(after.read(listed.token)).resolves.toBeUndefined();
  await expect(after.read(other.token)).resolves.toEqual(other.session);
  await confirmed(() => after.destroyAll(owner));
  await redis.failOver(redis.replicas[0]!, "killed");
  const last = sessionsOn(redis, "replicated");
  await expect(last.list(owner)).resolves.toEqual([]);
  await expect(last.read(elsewhere.token)).resolves.toEqual(elsewhere.session);
}, 60_000);

it("an end that a replica doesn't have isn't confirmed, however often it is asked for, nor by another process", async () => {
  const redis = await ownReplicatedRedis();
  const store = sessionsOn(redis, "replicated");
  const owner = newOwner();
  const { token } = await signIn(store, owner);
  await confirmed(() => store.destroyAll(newOwner())); // the replicas follow
  redis.linkOf(redis.replicas[0]!).stall();

  await expect(store.destroy(token)).rejects.toMatchObject(unreplicated);
  await expect(store.read(token)).resolves.toBeUndefined();
  await expect(store.destroy(token)).rejects.toMatchObject(unreplicated);
  await expect(sessionsOn(redis, "replicated").destroy(token)).rejects.toMatchObject(unreplicated);
  await expect(store.destroyAll(owner)).rejects.toMatchObject(unreplicated);
  redis.linkOf(redis.replicas[0]!).resume();
});

it("without safety a lost primary brings a signed-out session back, so that the tests above mean something", async () => {
  const redis = await ownReplicatedRedis();
  const store = sessionsOn(redis, "best-effort");
  const owner = newOwner();
  const { token, session } = await signIn(store, owner);
  await confirmed(() => sessionsOn(redis, "replicated").destroyAll(newOwner())); // the replicas have the session
  redis.linkOf(redis.replicas[0]!).stall();
  await store.destroy(token);
  await redis.failOver(redis.replicas[0]!, "killed");
  await expect(sessionsOn(redis, "best-effort").read(token)).resolves.toEqual(session);
});

it("a replica, which may not know what has been ended, answers nothing", async () => {
  const redis = await ownReplicatedRedis();
  const { token } = await signIn(sessionsOn(redis, "replicated"), newOwner());
  const store = cartSessions(connected(reach("single", redis.replicas[0]!.address)));
  await expect(store.read(token)).rejects.toMatchObject({ name: "RedisUnavailableError" });
});
