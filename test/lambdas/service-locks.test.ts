import { LockAcquisition } from "../../lambdas/contract/service-locks";
import { administer } from "../support/administer";
import { addressOf, reach, redisModes } from "../support/redis-clients";
import { ownRedis } from "../support/servers";
import { type DatabaseEnvironment, migratedDatabase } from "../support/shop-database";
import { type ShopProcess, shopProcess } from "../support/shop-process";
import { until } from "../support/until";

let env: DatabaseEnvironment;
beforeAll(async () => {
  env = await migratedDatabase();
});

/** A service, and what it may ask of locks; every answer is held against the API's description. */
async function service(shop: ShopProcess) {
  const { token } = await shop.newcomer("service");
  const ask = (method: string, path: string, body?: unknown) => shop.ask(method, `/locks/${path}`, { token, body });
  const acquire = async (name: string, wish: object) =>
    LockAcquisition.parse((await ask("PUT", name, { leaseMs: 60_000, ...wish })).body);
  const taken = async (name: string, wish: object = {}) => {
    const acquired = await acquire(name, wish);
    if (!acquired.acquired) throw new Error(`not acquired: ${acquired.reason}`);
    return acquired;
  };
  const release = (name: string, { token: of, holder }: { token: number; holder: string }) =>
    ask("DELETE", `${name}?token=${of}&holder=${encodeURIComponent(holder)}`);
  return { ask, acquire, taken, release };
}

describe.each(redisModes)("a service that asks for a lock (%s)", (mode) => {
  const shops = () => [shopProcess(addressOf(mode), env), shopProcess(addressOf(mode), env)] as const;

  it("has it alone, renews it, and gives it to the next one, whose token is greater", async () => {
    const [one, other] = await Promise.all(shops().map(service));
    const first = await one!.taken("nightly import");
    expect(first.remainingMs).toBeLessThanOrEqual(60_000);
    await expect(other!.acquire("nightly import", {})).resolves.toMatchObject({ acquired: false, reason: "held" });
    expect((await other!.ask("GET", "nightly%20import")).body).toMatchObject({ held: true, waiters: 0 });

    const { token, holder } = first;
    const renewal = await one!.ask("PATCH", "nightly%20import", { token, holder, leaseMs: 120_000 });
    expect(renewal.body).toMatchObject({ renewed: true, remainingMs: 120_000 });
    expect((await one!.release("nightly%20import", first)).body).toEqual({ released: true });

    const second = await other!.taken("nightly import");
    expect(second.token).toBeGreaterThan(first.token);
    expect((await one!.ask("PATCH", "nightly%20import", { token, holder, leaseMs: 120_000 })).body).toEqual({
      renewed: false,
      remainingMs: 0,
    });
    expect((await one!.release("nightly%20import", first)).body).toEqual({ released: false });
    expect((await one!.ask("GET", "nightly%20import")).body).toMatchObject({ held: true });
  });

  it("that sends the same holder again has the same lease", async () => {
    const [shop] = shops();
    const { taken } = await service(shop);
    const [first, again] = [await taken("a", { holder: "request-1" }), await taken("a", { holder: "request-1" })];
    expect(again.token).toBe(first.token);
    await expect((await service(shop)).acquire("a", { holder: "request-2" })).resolves.toMatchObject({
      acquired: false,
    });
  });

  it("may wait for it", async () => {
    const [shop, other] = shops();
    const [one, two] = [await service(shop), await service(other)];
    const first = await one.taken("b");
    const waiting = two.taken("b", { waitMs: 5_000 });
    await until("it waits", async () => {
      const { body } = await one.ask("GET", "b");
      return (body as { waiters: number }).waiters === 1;
    });
    await one.release("b", first);
    expect((await waiting).token).toBeGreaterThan(first.token);
  });
});

describe("a wish that can't be", () => {
  let ask: Awaited<ReturnType<typeof service>>["ask"];
  beforeAll(async () => {
    ({ ask } = await service(shopProcess(addressOf("single"), env)));
  });

  it.each([
    ["PUT", "a", { leaseMs: 9 }],
    ["PUT", "a", { leaseMs: 3_600_001 }],
    ["PUT", "a", { leaseMs: 100, waitMs: 5_001 }],
    ["PUT", "a", { leaseMs: 100, holder: "two words" }],
    ["PUT", "a", { leaseMs: 100, token: 1 }],
    ["PUT", "a".repeat(201), { leaseMs: 100 }],
    ["PATCH", "a", { leaseMs: 100, token: 1 }],
    ["DELETE", "a?token=1", undefined],
    ["DELETE", "a?token=x&holder=h", undefined],
  ])("%s /locks/%s with %j is told what is wrong", async (method, path, body) => {
    expect(await ask(method, path, body)).toMatchObject({
      status: 400,
      body: { type: "urn:larder:problem:invalid-request" },
    });
  });
});

it("without Redis nobody is taken for the holder, and the answer says that it is locks that can't be reached", async () => {
  const [sessions, locks] = [await ownRedis(), await ownRedis()];
  const { ask } = await service(shopProcess(reach("single", sessions.address), env, reach("single", locks.address)));
  await locks.kill();
  expect(await ask("PUT", "a", { leaseMs: 100 })).toMatchObject({
    status: 503,
    body: { type: "urn:larder:problem:locks-unavailable" },
  });
});

it("of a Redis that is full no lock is had, which the answer says; one that is had is renewed and given back", async () => {
  const [sessions, locks] = [await ownRedis(), await ownRedis()];
  const { ask, taken, release } = await service(
    shopProcess(reach("single", sessions.address), env, reach("single", locks.address)),
  );
  const { token, holder } = await taken("had");
  await administer(locks.address, (client) => client.config("SET", "maxmemory", 1));
  expect(await ask("PUT", "a", { leaseMs: 100 })).toMatchObject({
    status: 503,
    body: {
      type: "urn:larder:problem:locks-unavailable",
      detail: "no lock can be taken at the moment: the redis of locks is full",
    },
  });
  expect((await ask("PATCH", "had", { token, holder, leaseMs: 100 })).body).toMatchObject({ renewed: true });
  expect((await release("had", { token, holder })).body).toEqual({ released: true });
});
