import { guardOf, type NewJob, Queue, work } from "@larder/toolkit";
import { DeadLetterList } from "../../lambdas/contract/admin-queues";
import { queueSlot } from "../../toolkit/redis/keys";
import { administer } from "../support/administer";
import { expectProblem } from "../support/problem";
import { addressOf, connected, reach, redisModes } from "../support/redis-clients";
import { ownRedis } from "../support/servers";
import { type DatabaseEnvironment, migratedDatabase } from "../support/shop-database";
import { type ShopProcess, shopProcess } from "../support/shop-process";

let env: DatabaseEnvironment;
beforeAll(async () => {
  env = await migratedDatabase();
});

/** The queue `orders`, in which a job has one attempt, empty. */
async function ordersOn(address: ReturnType<typeof addressOf>) {
  const redis = connected(address);
  const { answers, ...keys } = queueSlot("orders");
  await guardOf(redis).run("empty", 5_000, (client) => client.unlink(...Object.values(keys), ...answers), keys.waiting);
  const queue = new Queue<unknown>({ redis, name: "orders", parse: (json) => json, maxAttempts: 1, deadlineMs: 5_000 });
  const die = async (jobs: readonly NewJob<unknown>[], error = new Error("no such mailbox")) => {
    await queue.add(jobs);
    await work(queue, () => Promise.reject(error), { concurrency: 10, untilEmpty: true });
  };
  return { queue, die };
}

async function administrator(shop: ShopProcess) {
  const { token } = await shop.newcomer("admin");
  const ask = (method: string, path: string) => shop.ask(method, `/admin/queues/${path}`, { token });
  const letters = async (query = "") => DeadLetterList.parse((await ask("GET", `orders/dead${query}`)).body).items;
  return { ask, letters };
}

/** As a client writes an id into a path. */
const inPath = (id: string) => encodeURIComponent(encodeURIComponent(id));

describe.each(redisModes)("an administrator of queues (%s)", (mode) => {
  const address = addressOf(mode);
  let admin: Awaited<ReturnType<typeof administrator>>;
  let orders: Awaited<ReturnType<typeof ordersOn>>;
  beforeAll(async () => {
    admin = await administrator(shopProcess(address, env));
  });
  beforeEach(async () => {
    orders = await ordersOn(address);
  });

  it("sees how a queue is, and only that one", async () => {
    const { queue, die } = orders;
    await die([{ data: 1 }, { data: 2 }]);
    await queue.add([{ data: 3 }, { data: 4 }, { data: 5 }, { data: 6, delayMs: 60_000 }]);
    await queue.claim({ max: 1 });
    const { status, body } = await admin.ask("GET", "orders");
    expect([status, body]).toEqual([
      200,
      { waiting: 2, delayed: 1, inFlight: 1, dead: 2, oldestWaitingMs: expect.any(Number) },
    ]);
    const empty = { waiting: 0, delayed: 0, inFlight: 0, dead: 0, oldestWaitingMs: 0 };
    expect((await admin.ask("GET", "refreshes")).body).toEqual(empty);
  });

  it("sees what has died, the newest first, and of the error no more than its kind", async () => {
    const { die } = orders;
    const data = { kind: "confirm", orderId: "2f1c5b0e-0000-4000-8000-000000000000" };
    await die([{ id: "1 of two words", data }], new TypeError("550 <ann@example.com>: no such mailbox"));
    for (const id of ["2", "3"]) await die([{ id, data: id }]);
    const { status, body } = await admin.ask("GET", "orders/dead");
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toContain("ann@example.com");
    const [newest, , oldest] = DeadLetterList.parse(body).items;
    expect(newest).toMatchObject({ id: "3", data: "3" });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
    expect(oldest).toEqual({
      id: "1 of two words",
      data,
      attempts: 1,
      reason: "TypeError",
      addedAt: time,
      diedAt: time,
    });
    expect((await admin.letters("?max=2")).map(({ id }) => id)).toEqual(["3", "2"]);
  });

  it("sees twenty of many, or up to a hundred", async () => {
    await orders.die(Array.from({ length: 120 }, (_, data) => ({ data })));
    expect([await admin.letters(), await admin.letters("?max=100")].map(({ length }) => length)).toEqual([20, 100]);
  });

  it.each([
    "order-7",
    "confirm 7",
    "a/b",
    "../../refreshes",
    "..",
    "100%",
    "%2f",
    "a+b?c#d&e",
    "é 🎬",
    "é".repeat(256),
  ])("retries what died as %s, once", async (id) => {
    const { queue, die } = orders;
    await die([{ id, data: 7 }]);
    expect(await admin.ask("POST", `orders/dead/${inPath(id)}/retry`)).toMatchObject({ status: 204 });
    await expect(admin.letters()).resolves.toEqual([]);
    const again = await admin.ask("POST", `orders/dead/${inPath(id)}/retry`);
    expectProblem(again);
    expect(again).toMatchObject({ status: 404, body: { type: "urn:larder:problem:not-found" } });
    expect(await queue.claim({ max: 2 })).toMatchObject([{ id, data: 7, attempt: 1 }]);
  });

  it("retries what was added without an id by the one that it was given", async () => {
    const { queue, die } = orders;
    await die(Array.from({ length: 50 }, (_, data) => ({ data }))); // slashes among them
    for (const { id } of await admin.letters("?max=100"))
      expect(await admin.ask("POST", `orders/dead/${inPath(id)}/retry`)).toMatchObject({ status: 204 });
    await expect(queue.stats()).resolves.toMatchObject({ waiting: 50, dead: 0 });
  });

  it("finds no letter of another queue", async () => {
    await orders.die([{ id: "7", data: 7 }]);
    expect(await admin.ask("POST", "refreshes/dead/7/retry")).toMatchObject({ status: 404 });
    expect(await admin.letters()).toHaveLength(1);
  });

  it.each([
    ["GET", "nothing"],
    ["GET", "nothing/dead"],
    ["GET", "orders/dead?max=0"],
    ["GET", "orders/dead?max=101"],
    ["GET", "orders/dead?max=x"],
    ["GET", "orders/dead?most=1"],
    ["POST", "nothing/dead/7/retry"],
    ["POST", `orders/dead/${"7".repeat(513)}/retry`],
  ])("%s /admin/queues/%s is told what is wrong", async (method, path) => {
    expect(await admin.ask(method, path)).toMatchObject({
      status: 400,
      body: { type: "urn:larder:problem:invalid-request" },
    });
  });
});

it("nobody but an administrator sees a queue or retries anything", async () => {
  const { die } = await ordersOn(addressOf("single"));
  await die([{ id: "7", data: 7 }]);
  const shop = shopProcess(addressOf("single"), env);
  const [user, service] = [await shop.newcomer("user"), await shop.newcomer("service")];
  for (const [method, path] of [
    ["GET", "orders"],
    ["GET", "orders/dead"],
    ["POST", "orders/dead/7/retry"],
  ] as const) {
    const ask = async (token?: string) => (await shop.ask(method, `/admin/queues/${path}`, { token })).status;
    expect([await ask(), await ask("no session"), await ask(user.token), await ask(service.token)]).toEqual([
      401, 401, 403, 403,
    ]);
  }
  await expect((await administrator(shop)).letters()).resolves.toHaveLength(1);
});

describe("a Redis of queues of its own", () => {
  async function ownQueues() {
    const [sessions, queues] = [await ownRedis(), await ownRedis()];
    const address = reach("single", queues.address);
    const { ask, letters } = await administrator(shopProcess(reach("single", sessions.address), env, address));
    const { die } = await ordersOn(address);
    await die([{ id: "7", data: 7 }]);
    return { queues, ask, letters };
  }
  const unavailable = {
    status: 503,
    headers: { "retry-after": "2" },
    body: { type: "urn:larder:problem:queues-unavailable" },
  };

  it.each(["killed", "frozen"])(
    "that is %s: every answer says that it is queues that can't be reached",
    async (fault) => {
      const { queues, ask, letters } = await ownQueues();
      await expect(letters()).resolves.toHaveLength(1);
      if (fault === "killed") await queues.kill();
      else queues.freeze();
      for (const [method, path] of [
        ["GET", "orders"],
        ["GET", "orders/dead"],
        ["POST", "orders/dead/7/retry"],
      ] as const) {
        const answer = await ask(method, path);
        expectProblem(answer);
        expect([method, path, answer]).toMatchObject([method, path, unavailable]);
      }
      queues.thaw();
    },
  );

  it("that is full: nothing is retried, and the letter stays", async () => {
    const { queues, ask, letters } = await ownQueues();
    await administer(queues.address, (client) => client.config("SET", "maxmemory", 1));
    expect(await ask("POST", "orders/dead/7/retry")).toMatchObject(unavailable);
    await expect(letters()).resolves.toHaveLength(1);
    await administer(queues.address, (client) => client.config("SET", "maxmemory", 0));
    expect(await ask("POST", "orders/dead/7/retry")).toMatchObject({ status: 204 });
  });
});
