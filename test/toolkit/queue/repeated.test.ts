/** What becomes of requests whose answers are lost. */
import { Queue, type QueueEvent, type RedisClient } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { addJobs } from "../../../toolkit/queue/add-jobs";
import { claimJobs } from "../../../toolkit/queue/claim-jobs";
import { retryDead } from "../../../toolkit/queue/dead-letters";
import { newQueueRequestId, type QueueRequest } from "../../../toolkit/queue/queue-script";
import { queueStats } from "../../../toolkit/queue/queue-stats";
import { ackClaims, putBackClaims } from "../../../toolkit/queue/settle-jobs";
import { queueSlot } from "../../../toolkit/redis/keys";
import { ownProxiedRedis } from "../../support/proxied-redis";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { until } from "../../support/until";

const dayMs = 86_400_000;

async function ready(client: RedisClient): Promise<RedisClient> {
  await until("it is connected", () => client.status === "ready");
  return client;
}

describe.each(redisModes)("a request that arrives twice (%s)", (mode) => {
  function requests() {
    const time = { ms: 1_800_000_000_000 };
    const slot = queueSlot(randomUUID());
    const rules = {
      maxAttempts: 2,
      dedupeMs: 0,
      keepMs: dayMs,
      keepDeadMs: dayMs,
      nowUs: () => String(time.ms * 1_000),
    };
    return { time, next: (): QueueRequest => ({ slot, rules, id: newQueueRequestId() }) };
  }
  const job = (ownId: string) => ({ ownId, delayMs: 0, json: "{}" });

  it("adds once, though its job was done in between, and gets its first answer", async () => {
    const client = await ready(connected(addressOf(mode)));
    const { next, time } = requests();
    const request = next();
    const first = await addJobs(client, request, [job(""), job("1"), job("1")]);
    expect(first.map(({ added }) => added)).toEqual([true, true, false]);
    const claim = next();
    const { jobs } = await claimJobs(client, claim, 10, 1_000);
    await ackClaims(
      client,
      next(),
      jobs.map(({ id }) => claim.id + id),
    );
    for (const passedMs of [0, 9_999]) {
      time.ms += passedMs;
      await addJobs(client, next(), [{ ...job(""), delayMs: dayMs }]); // others come between
      await expect(addJobs(client, request, [job(""), job("1"), job("1")])).resolves.toEqual(first);
    }
    await expect(queueStats(client, next())).resolves.toMatchObject({ waiting: 0, delayed: 2, inFlight: 0 });
  });

  it("adds once: a dead letter that its job has become meanwhile stays", async () => {
    const client = await ready(connected(addressOf(mode)));
    const { next } = requests();
    const bury = async () => {
      const claim = next();
      await claimJobs(client, claim, 1, 1_000);
      await putBackClaims(client, next(), [{ claim: `${claim.id}1`, kind: "bury", delayMs: 0, reason: "" }]);
    };
    await addJobs(client, next(), [job("1")]);
    await bury();
    const request = next();
    const first = await addJobs(client, request, [job("1")]);
    expect(first).toEqual([{ id: "1", added: true }]);
    await bury();
    await expect(addJobs(client, request, [job("1")])).resolves.toEqual(first);
    await expect(queueStats(client, next())).resolves.toMatchObject({ waiting: 0, dead: 1 });
  });

  it("claims what it has claimed, as far as that is still its own, and nothing else", async () => {
    const client = await ready(connected(addressOf(mode)));
    const { next, time } = requests();
    await addJobs(client, next(), ["1", "2", "3", "4"].map(job));
    const request = next();
    const first = await claimJobs(client, request, 2, 1_000);
    expect(first.jobs.map(({ id }) => id)).toEqual(["1", "2"]);
    const other = next();
    await claimJobs(client, other, 1, 1_000); // lapses at the same time
    await expect(claimJobs(client, request, 2, 1_000)).resolves.toEqual(first);
    await ackClaims(client, next(), [`${request.id}1`]);
    await expect(claimJobs(client, request, 2, 1_000)).resolves.toMatchObject({ jobs: [{ id: "2" }] });
    time.ms += 1_001;
    await claimJobs(client, next(), 4, 1_000);
    await expect(claimJobs(client, request, 2, 1_000)).resolves.toMatchObject({ jobs: [] });
  });

  it("is told again that its claims stood, that they failed, and that a dead letter is a job again", async () => {
    const client = await ready(connected(addressOf(mode)));
    const { next } = requests();
    await addJobs(client, next(), ["1", "2"].map(job));
    const claim = next();
    await claimJobs(client, claim, 2, 1_000);
    const [ack, nack, retry] = [next(), next(), next()];
    const failed = { claim: `${claim.id}2`, kind: "bury", delayMs: 0, reason: "" } as const;
    for (let time = 0; time < 2; time++) {
      await expect(ackClaims(client, ack, [`${claim.id}1`, `${claim.id}x`])).resolves.toEqual([true, false]);
      await expect(putBackClaims(client, nack, [failed])).resolves.toEqual(["dead"]);
    }
    for (let time = 0; time < 2; time++) await expect(retryDead(client, retry, "2")).resolves.toBe(true);
    await expect(queueStats(client, next())).resolves.toMatchObject({ waiting: 1, inFlight: 0, dead: 0 });
  });
});

it.each(redisModes)("a queue loses and doubles nothing when the answers to its scripts are lost (%s)", async (mode) => {
  const { address, proxies } = await ownProxiedRedis(mode);
  const client = await ready(connected(reach(mode, address)));
  const events: QueueEvent[] = [];
  const queue = new Queue<number>({
    redis: client,
    name: "cut",
    parse: Number,
    deadlineMs: 5_000,
    onEvent: (event) => events.push(event),
  });
  await queue.stats(); // the scripts' way is known
  const cut = <T>(work: () => Promise<T>) => {
    for (const proxy of proxies) proxy.cutAfterNextCommand();
    return work();
  };
  for (let round = 0; round < 5; round++) {
    const added = await cut(() => queue.add([{ data: 1 }, { data: 2 }, { data: 3 }]));
    expect(added.map((each) => each.added)).toEqual([true, true, true]);
    const jobs = await cut(() => queue.claim({ max: 3 }));
    expect(jobs.map(({ data, attempt }) => [data, attempt]).sort()).toEqual([1, 2, 3].map((data) => [data, 1]));
    const [one, two, three] = jobs.map(({ receipt }) => receipt);
    await expect(cut(() => queue.extend([one!, two!], 60_000))).resolves.toEqual([true, true]);
    await expect(cut(() => queue.ack([one!]))).resolves.toEqual([true]);
    await expect(cut(() => queue.release([two!]))).resolves.toEqual([true]);
    await expect(cut(() => queue.nack([three!], { delayMs: 0 }))).resolves.toEqual([true]);
    const again = await queue.claim({ max: 3 });
    expect(again.map(({ attempt }) => attempt)).toEqual([1, 2]);
    await queue.ack(again.map(({ receipt }) => receipt));
  }
  await expect(queue.stats()).resolves.toMatchObject({ waiting: 0, delayed: 0, inFlight: 0, dead: 0 });
  expect(events).toEqual([]);
});
