import { Queue } from "@larder/toolkit";
import { FunctionMetrics } from "../../../lambdas/platform/metrics";
import { type WorkedQueue, workedQueue } from "../../../lambdas/worker/worked-queue";
import { workAtQueues } from "../../../lambdas/worker/work-at-queues";
import { addressOf, connected } from "../../support/redis-clients";
import { until } from "../../support/until";

const redis = connected(addressOf("single"));
const metrics = new FunctionMetrics();

/** A queue of numbers, and those that its jobs had. */
function numbers(name: string) {
  const queue = new Queue<number>({ redis, name, parse: Number });
  const seen: number[] = [];
  const worked: WorkedQueue = workedQueue("orders", queue, async ({ data }) => void seen.push(data));
  return { add: (...all: number[]) => queue.add(all.map((data) => ({ data }))), seen, worked, queue };
}

describe("a run", () => {
  it("that is to last no time ends when all queues are empty", async () => {
    const [one, other] = [numbers("drained"), numbers("drained too")];
    await one.add(1, 2, 3);
    await other.add(4);
    const run = { queues: [one.worked, other.worked], workMs: 0, metrics };
    await workAtQueues(run, { remainingMs: () => 30_000 });
    expect([one.seen.sort(), other.seen]).toEqual([[1, 2, 3], [4]]);
  });

  it("that is to last does the jobs that come while it does, and lets the next one have those after it", async () => {
    const one = numbers("worked at");
    let isOver = false;
    const run = workAtQueues({ queues: [one.worked], workMs: 1_500, metrics }, { remainingMs: () => 60_000 });
    void run.then(() => (isOver = true));
    await one.add(1);
    await until("the first is done", () => one.seen.length === 1);
    await one.add(2);
    await until("another is done", () => one.seen.length === 2);
    expect(isOver).toBe(false);
    await run;
    await one.add(3);
    expect([one.seen, await one.queue.stats()]).toMatchObject([[1, 2], { waiting: 1, inFlight: 0 }]);
  });

  it("begins no job when too little is left of its invocation", async () => {
    const one = numbers("late");
    await one.add(1);
    await workAtQueues({ queues: [one.worked], workMs: 125_000, metrics }, { remainingMs: () => 15_000 });
    expect([one.seen, await one.queue.stats()]).toMatchObject([[], { waiting: 1 }]);
  });

  it("fails by what Redis refuses of one queue, but works at the others first", async () => {
    const [one, other] = [numbers("of another type"), numbers("sound")];
    const broken = { ...one.worked, work: () => Promise.reject(new Error("WRONGTYPE")) };
    await other.add(1);
    await expect(
      workAtQueues({ queues: [broken, other.worked], workMs: 0, metrics }, { remainingMs: () => 30_000 }),
    ).rejects.toThrow("WRONGTYPE");
    expect(other.seen).toEqual([1]);
  });
});
