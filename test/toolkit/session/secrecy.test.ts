/** Nothing that might be logged tells a token. */
import { guardOf, RedisUnavailableError } from "@larder/toolkit";
import { inspect } from "node:util";
import { sessionSlot } from "../../../toolkit/redis/keys";
import { connected, reach } from "../../support/redis-clients";
import { ownRedis } from "../../support/servers";
import { adding, cartSessions, newOwner, signIn } from "./cart-sessions";

const everything = (thing: unknown) =>
  inspect(thing, { depth: Infinity, showHidden: true, maxArrayLength: Infinity, maxStringLength: Infinity }) +
  JSON.stringify(thing);

it("no error tells a token, whatever it is about, nor does a sign-in", async () => {
  const redis = await ownRedis();
  const client = connected(reach("single", redis.address));
  const store = cartSessions(client, { deadlineMs: 200 });
  const owner = newOwner();
  const { token } = await signIn(store, owner);
  const begun = await store.begin(owner);
  const uses = () => [
    store.create(begun, { items: [] }),
    store.create(begun, { items: [] }, { replaces: token }),
    store.read(token),
    store.update(token, adding("42")),
    store.destroy(token),
  ];
  const large = { items: ["x".repeat(20_000)] };
  const errors: PromiseSettledResult<unknown>[] = await Promise.allSettled([
    store.create(begun, large),
    store.update(token, () => large),
  ]);

  const { sessions } = sessionSlot(owner.slot);
  await guardOf(client).run("set", 5_000, (each) => each.set(sessions, "no hash", "PX", 60_000));
  errors.push(...(await Promise.allSettled(uses()))); // WRONGTYPE, as ioredis made it: with the command
  const kinds = new Set(errors.map((each) => (each.status === "rejected" ? (each.reason as Error).name : "none")));
  expect(kinds).toEqual(new Set(["RangeError", "ReplyError"]));

  redis.freeze();
  errors.push(...(await Promise.allSettled(uses())));
  await redis.kill();
  errors.push(...(await Promise.allSettled(uses())));
  expect(
    errors.slice(7).every((each) => each.status === "rejected" && each.reason instanceof RedisUnavailableError),
  ).toBe(true);

  const said = everything([begun, store, ...errors]);
  expect(said).toContain(owner.slot); // it looks at all there is
  for (const secret of [token, begun.token]) {
    expect(said).not.toContain(secret);
    expect(said).not.toContain(secret.split(".")[1]);
  }
});
