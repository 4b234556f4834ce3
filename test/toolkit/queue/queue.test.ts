import { guardOf, type NewJob, Queue, type QueueEvent, type QueueOptions, work } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { queueSlot } from "../../../toolkit/redis/keys";
import { faultyListeners } from "../../support/faulty-listeners";
import { addressOf, connected, redisModes } from "../../support/redis-clients";

interface Mail {
  readonly to: string;
}

function parseMail(json: unknown): Mail | undefined {
  const { to } = json as Mail;
  if (to === "nowhere") throw new Error(`nobody lives there ${"🎬".repeat(500)}`);
  return typeof to === "string" ? { to } : undefined;
}

const mail = (to: string, more: Partial<NewJob<Mail>> = {}): NewJob<Mail> => ({ data: { to }, ...more });

describe.each(redisModes)("a queue (%s)", (mode) => {
  const redis = connected(addressOf(mode));

  function queueOf(more: Partial<QueueOptions<Mail>> = {}) {
    const time = { ms: 1_800_000_000_000 };
    let readings = 0;
    const events: QueueEvent[] = [];
    const name = randomUUID();
    const queue = new Queue<Mail>({
      redis,
      name,
      parse: parseMail,
      visibilityMs: 1_000,
      deadlineMs: 5_000,
      onEvent: (event) => events.push(event),
      redisTimeUs: () => time.ms * 1_000 + 5 * readings++, // a call takes a little
      ...more,
    });
    const passMs = (ms: number) => (time.ms += ms);
    const addressees = async (max = 10) => (await queue.claim({ max })).map(({ data }) => data.to);
    return { queue, name, time, passMs, events, addressees };
  }

  it("gives out what was added, in that order, each to one", async () => {
    const { queue, time } = queueOf();
    await queue.add([mail("a"), mail("b")]);
    await queue.add([mail("c")]);
    const [first, second] = await queue.claim({ max: 2 });
    expect(first).toEqual({
      id: expect.stringMatching(/^~.{17}$/),
      data: { to: "a" },
      attempt: 1,
      receipt: expect.any(String),
      addedAtMs: time.ms,
      visibleUntilMs: time.ms + 1_000,
    });
    expect(second!.data).toEqual({ to: "b" });
    expect((await queue.claim({ max: 2 })).map(({ data }) => data.to)).toEqual(["c"]);
    await expect(queue.claim({ max: 2 })).resolves.toEqual([]);
  });

  it("keeps the order of many that are added at once, by several scripts", async () => {
    const { queue, addressees } = queueOf({ redisTimeUs: undefined });
    const all = Array.from({ length: 1_000 }, (_, at) => String(at));
    const added = await queue.add(all.map((to) => mail(to)));
    expect(new Set(added.map(({ id }) => id)).size).toBe(1_000);
    expect(added.every((each) => each.added)).toBe(true);
    expect(await addressees(1_000)).toEqual(all);
  });

  it("tells each of those that add in one tick about their own jobs", async () => {
    const { queue, addressees } = queueOf();
    const [one, two] = await Promise.all([
      queue.add([mail("a", { id: "1" }), mail("b")]),
      queue.add([mail("c", { id: "1" })]),
    ]);
    expect(one).toEqual([
      { id: "1", added: true },
      { id: expect.any(String), added: true },
    ]);
    expect(two).toEqual([{ id: "1", added: false }]);
    expect(await addressees()).toEqual(["a", "b"]);
  });

  it("adds no second job of an id that waits, is in flight or was done a short time ago", async () => {
    const { queue, passMs } = queueOf({ dedupeMs: 5_000 });
    const add = async () => (await queue.add([mail("a", { id: "order 7" })]))[0];
    await expect(add()).resolves.toEqual({ id: "order 7", added: true });
    await expect(add()).resolves.toEqual({ id: "order 7", added: false });
    const [job] = await queue.claim({ max: 1 });
    await expect(add()).resolves.toMatchObject({ added: false });
    await queue.ack([job!.receipt]);
    passMs(4_999);
    await expect(add()).resolves.toMatchObject({ added: false });
    passMs(1);
    await expect(add()).resolves.toMatchObject({ added: true });
  });

  it("forgets the ids of done jobs as others are done", async () => {
    const { queue, name, passMs } = queueOf({ dedupeMs: 5_000 });
    const { done } = queueSlot(name);
    const doOne = async (id: string) => {
      await queue.add([mail("a", { id })]);
      await queue.ack((await queue.claim({ max: 1 })).map(({ receipt }) => receipt));
    };
    await doOne("1");
    await doOne("2");
    passMs(5_001);
    await doOne("3");
    const ids = await guardOf(redis).run("ids", 5_000, (client) => client.zrange(done, 0, "-1"), done);
    expect(ids).toEqual(["3"]);
  });

  it("gives out a delayed job when it is due, among the others by that time", async () => {
    const { queue, passMs, addressees } = queueOf();
    await queue.add([mail("late", { delayMs: 200 }), mail("later", { delayMs: 300 }), mail("now")]);
    expect(await addressees()).toEqual(["now"]);
    passMs(200);
    expect(await addressees()).toEqual([]);
    passMs(1); // never before its time, though within the millisecond others would be
    await queue.add([mail("last")]);
    expect(await addressees()).toEqual(["late", "last"]);
    passMs(100);
    expect(await addressees()).toEqual(["later"]);
  });

  it.each(faultyListeners)("gives out what Redis gave it though its listener %s", async (_, onEvent) => {
    const { queue, passMs } = queueOf({ onEvent });
    await queue.add([mail("a")]);
    const [stale] = await queue.claim({ max: 1 });
    passMs(1_001);
    await expect(queue.claim({ max: 1 })).resolves.toMatchObject([{ id: stale!.id, attempt: 2 }]);
    await expect(queue.ack([stale!.receipt])).resolves.toEqual([false]);
  });

  it("gives jobs back that it can't read because parse answers a promise, and says so", async () => {
    const { queue, name } = queueOf();
    await queue.add([mail("a"), mail("nowhere")]);
    const parse = (async (json: unknown) => parseMail(json)) as never;
    const hasty = queueOf({ name, parse }).queue;
    await expect(hasty.claim({ max: 10 })).rejects.toThrow(
      "parse of a queue answered a promise: give a function that answers at once",
    );
    await expect(work(hasty, async () => undefined, { concurrency: 2 })).rejects.toThrow(TypeError);
    await expect(queue.stats()).resolves.toMatchObject({ waiting: 2, inFlight: 0, dead: 0 });
    await expect(queue.claim({ max: 10 })).resolves.toMatchObject([{ data: { to: "a" }, attempt: 1 }]);
  });

  it.each([{ parse: undefined }, { parse: "json" }, { onEvent: "log" }])("refuses %j, which is no function", (more) => {
    expect(() => queueOf(more as never)).toThrow(/^(parse|onEvent) of queue .* is .*: give a function$/);
  });

  it("takes for a reason an error, of which it keeps what is no secret, and refuses what is neither that nor text", async () => {
    const { queue, events } = queueOf({ maxAttempts: 1 });
    await queue.add([mail("a")]);
    const [job] = await queue.claim({ max: 1 });
    for (const reason of [7, null, {}])
      await expect(queue.nack([job!.receipt], { reason: reason as never })).rejects.toThrow(/^reason is .*: give/);
    expect(events).toEqual([]); // nothing was asked
    await queue.nack([job!.receipt], { reason: new RangeError("no mail to ann@example.com") });
    await expect(queue.dead({ max: 1 })).resolves.toMatchObject([{ reason: "RangeError" }]);
  });

  it("gives out again what wasn't acknowledged, in the place of when its claim lapsed, and refuses the old receipt", async () => {
    const { queue, passMs, events } = queueOf();
    await queue.add([mail("a")]);
    const [stale] = await queue.claim({ max: 1 });
    passMs(999);
    await expect(queue.claim({ max: 1 })).resolves.toEqual([]);
    passMs(2);
    await queue.add([mail("b")]);
    const [again, next] = await queue.claim({ max: 2 });
    expect(again).toMatchObject({ id: stale!.id, data: { to: "a" }, attempt: 2, addedAtMs: stale!.addedAtMs });
    expect(next!.data.to).toBe("b");
    expect(again!.receipt).not.toBe(stale!.receipt);

    await expect(queue.ack([stale!.receipt])).resolves.toEqual([false]);
    await expect(queue.nack([stale!.receipt])).resolves.toEqual([false]);
    await expect(queue.release([stale!.receipt])).resolves.toEqual([false]);
    await expect(queue.extend([stale!.receipt], 1_000)).resolves.toEqual([false]);
    await expect(queue.ack([stale!.receipt, again!.receipt, next!.receipt])).resolves.toEqual([false, true, true]);
    expect(events.filter(({ type }) => type === "lapsed")).toMatchObject([{ jobs: 1 }]);
    expect(events.filter(({ type }) => type === "refused")).toMatchObject([
      { operation: "ack", receipts: 1 },
      { operation: "nack", receipts: 1 },
      { operation: "release", receipts: 1 },
      { operation: "extend", receipts: 1 },
      { operation: "ack", receipts: 1 },
    ]);
  });

  it("takes an acknowledgement that comes late while nobody else has the job", async () => {
    const { queue, passMs, addressees } = queueOf();
    await queue.add([mail("a")]);
    const [job] = await queue.claim({ max: 1 });
    passMs(5_000);
    await expect(queue.ack([job!.receipt])).resolves.toEqual([true]);
    expect(await addressees()).toEqual([]);
  });

  it("lets a claim stand as long as it is extended", async () => {
    const { queue, passMs, addressees } = queueOf();
    await queue.add([mail("a")]);
    const [job] = await queue.claim({ max: 1 });
    for (let time = 0; time < 5; time++) {
      passMs(900);
      await expect(queue.extend([job!.receipt], 1_000)).resolves.toEqual([true]);
      expect(await addressees()).toEqual([]);
    }
    passMs(1_000);
    expect(await addressees()).toEqual(["a"]);
  });

  it("claims for as long as is asked for", async () => {
    const { queue, passMs, addressees } = queueOf();
    await queue.add([mail("a")]);
    await queue.claim({ max: 1, visibilityMs: 50 });
    passMs(50);
    expect(await addressees()).toEqual(["a"]);
  });

  it("gives out a failed job after the backoff, longer each time, until its attempts are used up", async () => {
    const { queue, passMs, addressees, events } = queueOf({ maxAttempts: 3, backoffMs: (attempt) => attempt * 100 });
    await queue.add([mail("a", { id: "1" })]);
    for (const backoffMs of [100, 200]) {
      const [job] = await queue.claim({ max: 1 });
      await expect(queue.nack([job!.receipt], { reason: "no such mailbox" })).resolves.toEqual([true]);
      passMs(backoffMs);
      expect(await addressees()).toEqual([]);
      passMs(1);
    }
    const [last] = await queue.claim({ max: 1 });
    expect(last!.attempt).toBe(3);
    passMs(7);
    await queue.nack([last!.receipt], { reason: "no such\nmailbox" });
    passMs(1_000);
    expect(await addressees()).toEqual([]);
    await expect(queue.dead({ max: 10 })).resolves.toEqual([
      {
        id: "1",
        data: { to: "a" },
        attempts: 3,
        reason: "no such\nmailbox",
        addedAtMs: last!.addedAtMs,
        diedAtMs: last!.addedAtMs + 309,
      },
    ]);
    expect(events.filter(({ type }) => type === "dead")).toMatchObject([{ jobs: 1 }]);
  });

  it("gives out a failed job after the delay that is asked for, at once if there is none", async () => {
    const { queue, passMs, addressees } = queueOf();
    await queue.add([mail("a")]);
    const fail = async (delayMs: number) =>
      queue.nack(
        (await queue.claim({ max: 1 })).map(({ receipt }) => receipt),
        { delayMs },
      );
    await fail(0);
    await fail(50);
    expect(await addressees()).toEqual([]);
    passMs(51);
    expect(await addressees()).toEqual(["a"]);
  });

  it("lays a job whose claims lapse again and again to the dead letters", async () => {
    const { queue, passMs, events } = queueOf({ maxAttempts: 2 });
    await queue.add([mail("a")]);
    for (const attempt of [1, 2]) {
      expect(await queue.claim({ max: 1 })).toMatchObject([{ attempt }]);
      passMs(1_001);
    }
    await expect(queue.claim({ max: 1 })).resolves.toEqual([]);
    await expect(queue.dead({ max: 1 })).resolves.toMatchObject([{ attempts: 2, reason: "its claim lapsed" }]);
    expect(events).toMatchObject([
      { type: "lapsed", jobs: 1 },
      { type: "lapsed", jobs: 1 },
      { type: "dead", jobs: 1 },
    ]);
  });

  it("puts what wasn't begun before all that waits, as it was, and counts no attempt", async () => {
    const { queue, passMs } = queueOf();
    await queue.add([mail("late", { delayMs: 1_000 })]);
    passMs(500);
    await queue.add([mail("z"), mail("a")]);
    passMs(600);
    await queue.add([mail("new")]);
    const claimed = await queue.claim({ max: 3 });
    passMs(10);
    await expect(queue.release(claimed.map(({ receipt }) => receipt))).resolves.toEqual([true, true, true]);
    expect((await queue.stats()).oldestWaitingMs).toBe(11); // some µs longer than the new one
    const again = await queue.claim({ max: 4 });
    expect(again.map(({ data, attempt }) => [data.to, attempt])).toEqual([
      ["z", 1],
      ["a", 1],
      ["late", 1],
      ["new", 1],
    ]);
  });

  it("shows a dead letter that is no JSON as the text that it is, and the others", async () => {
    const { queue, name, events } = queueOf({ deadlineMs: 500 });
    await queue.add([mail("a", { id: "broken" }), mail("b", { id: "sound" })]);
    const { jobs } = queueSlot(name);
    await guardOf(redis).run("write", 5_000, (client) => client.hset(jobs, "broken", "0 1800000000000\n{to:a}"), jobs);
    const [sound] = await queue.claim({ max: 2 });
    for (let attempt = 1; attempt <= 5; attempt++) {
      const [job] = attempt === 1 ? [sound] : await queue.claim({ max: 1 });
      await queue.nack([job!.receipt], { delayMs: 0 });
    }
    const letters = await queue.dead({ max: 10 });
    expect(letters.map(({ id, data }) => [id, data]).sort()).toEqual([
      ["broken", "{to:a}"],
      ["sound", { to: "b" }],
    ]);
    expect(events.filter(({ type }) => type === "unavailable")).toEqual([]);
  });

  it("lays what parse doesn't take to the dead letters, and gives out the others", async () => {
    const { queue, addressees } = queueOf();
    const wrong = { data: { from: "a" } as unknown as Mail, id: "wrong" };
    await queue.add([wrong, mail("b"), mail("nowhere", { id: "nowhere" })]);
    expect(await addressees()).toEqual(["b"]);
    const dead = await queue.dead({ max: 10 });
    expect(dead.map(({ id, reason, attempts }) => [id, reason, attempts]).sort()).toEqual([
      ["nowhere", "its data can't be read: Error", 1],
      ["wrong", "parse doesn't take its data", 1],
    ]);
  });

  it("makes a dead letter a job again, once", async () => {
    const { queue, addressees } = queueOf({ maxAttempts: 1 });
    await queue.add([mail("a", { id: "1" })]);
    await queue.nack((await queue.claim({ max: 1 })).map(({ receipt }) => receipt));
    await expect(queue.retryDead("2")).resolves.toBe(false);
    await expect(queue.retryDead("1")).resolves.toBe(true);
    await expect(queue.retryDead("1")).resolves.toBe(false);
    await expect(queue.dead({ max: 1 })).resolves.toEqual([]);
    expect(await queue.claim({ max: 2 })).toMatchObject([{ id: "1", data: { to: "a" }, attempt: 1 }]);
    expect(await addressees()).toEqual([]);
  });

  it("has a job or a dead letter of an id, never both: added again, it is a job with what is new", async () => {
    const { queue } = queueOf({ maxAttempts: 2, backoffMs: () => 0 });
    const ids = ["1", "2", "a/b", "é 🎬"];
    const die = async (reason: string) => {
      for (let attempt = 0; attempt < 2; attempt++)
        await queue.nack(
          (await queue.claim({ max: 10 })).map(({ receipt }) => receipt),
          { reason },
        );
    };
    const letters = async () =>
      (await queue.dead({ max: 10 })).map(({ id, data, reason }) => `${id} ${(data as Mail).to} ${reason}`).toSorted();
    await queue.add([...ids.map((id) => mail("old", { id })), mail("old")]);
    await die("first");
    await expect(queue.stats()).resolves.toMatchObject({ waiting: 0, dead: 5 });

    const again = await queue.add([...ids.slice(1).map((id) => mail("new", { id })), mail("new", { id: "2" })]);
    expect(again.map(({ added }) => added)).toEqual([true, true, true, false]);
    await expect(queue.stats()).resolves.toMatchObject({ waiting: 3, dead: 2 });
    expect(await letters()).toEqual(["1 old first", expect.stringMatching(/^~.* old first$/)]);
    for (const id of ids.slice(1)) await expect(queue.retryDead(id)).resolves.toBe(false);

    await die("second");
    await expect(queue.stats()).resolves.toMatchObject({ waiting: 0, dead: 5 });
    expect(await letters()).toEqual(
      expect.arrayContaining(["1 old first", "2 new second", "a/b new second", "é 🎬 new second"]),
    );

    await queue.add([mail("later", { id: "2", delayMs: 60_000 })]);
    await expect(queue.stats()).resolves.toMatchObject({ waiting: 0, delayed: 1, dead: 4 });
  });

  it("forgets dead letters that are old enough", async () => {
    const { queue, name, passMs } = queueOf({ maxAttempts: 1, keepDeadMs: 10_000 });
    const { dead } = queueSlot(name);
    const die = async (id: string) => {
      await queue.add([mail("a", { id })]);
      await queue.nack((await queue.claim({ max: 1 })).map(({ receipt }) => receipt));
    };
    await die("1");
    passMs(10_001);
    await expect(queue.dead({ max: 5 })).resolves.toEqual([]);
    await expect(queue.stats()).resolves.toMatchObject({ dead: 0 });
    await die("2");
    await expect(guardOf(redis).run("count", 5_000, (client) => client.zcard(dead), dead)).resolves.toBe(1);
  });

  it("counts what waits, is delayed, in flight and dead, and says how long the oldest has been due", async () => {
    const { queue, passMs } = queueOf({ maxAttempts: 1 });
    await expect(queue.stats()).resolves.toEqual({
      waiting: 0,
      delayed: 0,
      inFlight: 0,
      dead: 0,
      oldestWaitingMs: 0,
    });
    await queue.add(["dead", "lapsed", "in flight", "a", "b"].map((to) => mail(to)));
    await queue.add([mail("delayed", { delayMs: 60_000 })]);
    const [dead] = await queue.claim({ max: 2 });
    await queue.nack([dead!.receipt]);
    passMs(1_500);
    await expect(queue.stats()).resolves.toEqual({
      waiting: 4,
      delayed: 1,
      inFlight: 0,
      dead: 1,
      oldestWaitingMs: 1_500,
    });
    await queue.claim({ max: 1 });
    await expect(queue.stats()).resolves.toMatchObject({ waiting: 2, inFlight: 1, dead: 2 });
  });

  it("returns fewer than were asked for when they are large, and the others next time", async () => {
    const { queue } = queueOf();
    const large = "x".repeat(60_000);
    await queue.add(Array.from({ length: 64 }, () => mail(large)));
    expect(await queue.claim({ max: 64 })).toHaveLength(32);
    expect(await queue.claim({ max: 64 })).toHaveLength(32);
    await expect(queue.claim({ max: 64 })).resolves.toEqual([]);
  });

  it("gives every key a lifetime, at least until the last job is due", async () => {
    const { queue, name, passMs } = queueOf({ maxAttempts: 1, keepMs: 3_600_000, keepDeadMs: 7_200_000 });
    await queue.add(["dead", "done", "in flight", "waiting"].map((id) => mail(id, { id })));
    await queue.add([mail("delayed", { delayMs: 36_000_000 })]);
    passMs(1);
    const [dead, done] = await queue.claim({ max: 3 });
    await queue.nack([dead!.receipt]);
    await queue.ack([done!.receipt]);
    const { answers, ...slot } = queueSlot(name);
    const ttls = await guardOf(redis).run(
      "ttls",
      5_000,
      (client) => Promise.all([...Object.values(slot), ...answers].map(async (key) => [key, await client.pttl(key)])),
      slot.waiting,
    );
    const ttlOf = Object.fromEntries(ttls) as Record<string, number>;
    for (const key of Object.values(slot)) expect(ttlOf[key]).toBeGreaterThan(0);
    for (const key of [slot.waiting, slot.jobs]) expect(ttlOf[key]).toBeGreaterThan(36_000_000);
    for (const key of [slot.dead, slot.letters]) expect(ttlOf[key]).toBeGreaterThan(7_000_000);
    expect(answers.map((key) => ttlOf[key]).filter((ttl) => ttl !== -2)).toEqual([expect.any(Number)]);
    for (const key of answers) expect(ttlOf[key]).not.toBe(-1);
  });

  it("refuses what can't be, and says so", async () => {
    const { queue } = queueOf();
    const tooLarge = "x".repeat(65_536);
    await expect(queue.add([mail(tooLarge)])).rejects.toThrow("a job's data have 65545 bytes: give at most 65536");
    await expect(queue.add([{ data: undefined as unknown as Mail }])).rejects.toThrow("give what JSON can hold");
    await expect(queue.add([mail("a", { id: "" })])).rejects.toThrow("a job's id is \"\": give one that isn't empty");
    await expect(queue.add([mail("a", { id: "~1" })])).rejects.toThrow("the id ~1 begins with ~");
    await expect(queue.add([mail("a", { id: "é".repeat(257) })])).rejects.toThrow("more than 512 bytes");
    await expect(queue.add([mail("a", { delayMs: -1 })])).rejects.toThrow("delayMs is -1");
    await expect(queue.claim({ max: 0 })).rejects.toThrow("max is 0: give a whole number from 1 to 1000");
    await expect(queue.claim({ max: 1, visibilityMs: 0 })).rejects.toThrow("visibilityMs is 0");
    await expect(queue.ack(["1.x"])).rejects.toThrow('"1.x" is no receipt');
    await expect(queue.extend([], 0)).rejects.toThrow("ms is 0");
    expect(() => queueOf({ maxAttempts: 0 })).toThrow("maxAttempts of queue");
    expect(() => queueOf({ visibilityMs: 2_000, keepMs: 1_000 })).toThrow("visibilityMs of queue");
    expect(() => queueOf({ name: "" })).toThrow("a queue's name is");
  });

  it("takes an option that is undefined for one that isn't given", () => {
    const names = ["visibilityMs", "maxAttempts", "dedupeMs", "keepMs", "keepDeadMs", "deadlineMs"];
    const { queue } = queueOf(Object.fromEntries(names.map((name) => [name, undefined])));
    expect(queue.visibilityMs).toBe(30_000);
  });

  it("does nothing for no jobs and no receipts", async () => {
    const { queue } = queueOf();
    await expect(queue.add([])).resolves.toEqual([]);
    await expect(queue.ack([])).resolves.toEqual([]);
    await expect(queue.nack([])).resolves.toEqual([]);
    await expect(queue.extend([], 5)).resolves.toEqual([]);
  });
});
