/** Adds and does jobs by Larder and by BullMQ, in turn, and sends what it measured. */
import { connectRedis, Queue, work } from "@larder/toolkit";
import { Queue as BullQueue, Worker as BullWorker } from "bullmq";
import type { Redis } from "ioredis-6";
import * as z from "zod/mini";
import { type Spread, spreadOf } from "../rounds";
import { connect } from "./libraries/ioredis";
import { measureWhenTold, type SingleEndpoint } from "./single-endpoint";

const rounds = 7;
const addMs = 300;
const together = 250;
const inFlight = 64;

const Mail = z.object({ order: z.number(), to: z.string() });
type Mail = z.infer<typeof Mail>;

interface Subject {
  readonly addMany: (mails: readonly Mail[]) => Promise<unknown>;
  readonly addOne: (mail: Mail) => Promise<unknown>;
  /** Does all that was added, by handlers that do nothing. */
  readonly doAll: (count: number) => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

function larder({ host, port, user, password }: SingleEndpoint): Subject {
  const redis = connectRedis({ mode: "single", host, port, credentials: { username: user, password: () => password } });
  const parse = (json: unknown) => {
    const { success, data } = Mail.safeParse(json);
    return success ? data : undefined;
  };
  const queue = new Queue<Mail>({ redis, name: "mails", parse, deadlineMs: 5_000 });
  return {
    addMany: (mails) => queue.add(mails.map((data) => ({ data }))),
    addOne: (data) => queue.add([{ data }]),
    async doAll(count) {
      const { done } = await work(queue, () => Promise.resolve(), { concurrency: inFlight, untilEmpty: true });
      if (done !== count) throw new Error(`larder did ${done} jobs of ${count}`);
    },
    close: async () => redis.disconnect(),
  };
}

/** Jobs that are done are removed, as its documentation recommends; else it would keep each. */
function bullmq({ host, port, user, password }: SingleEndpoint): Subject {
  const connection = { host, port, username: user, password, maxRetriesPerRequest: null };
  const queue = new BullQueue<Mail>("mails", { connection, defaultJobOptions: { removeOnComplete: true } });
  const worker = new BullWorker<Mail>("mails", () => Promise.resolve(), {
    connection,
    concurrency: inFlight,
    autorun: false,
  });
  let done = 0;
  let awaited = Infinity;
  let allDone: () => void = () => undefined;
  worker.on("completed", () => {
    if (++done === awaited) allDone();
  });
  worker.on("error", console.error);
  worker.pause(true).catch(console.error);
  void worker.run();
  return {
    addMany: (mails) => queue.addBulk(mails.map((data) => ({ name: "mail", data }))),
    addOne: (data) => queue.add("mail", data),
    async doAll(count) {
      const ended = new Promise<void>((resolve) => (allDone = resolve));
      [done, awaited] = [0, count];
      worker.resume();
      await ended;
      await worker.pause();
    },
    close: () => Promise.all([worker.close(true), queue.close()]),
  };
}

/** By what is measured, jobs per second and µs of Redis' scripts for each. */
type Figures = Record<string, { readonly perSecond: number; readonly serverUs: number }>;

async function round({ addMany, addOne, doAll }: Subject, raw: Redis): Promise<Figures> {
  let order = 0;
  const next = (): Mail => ({ order: order++, to: "somebody@example.com" });
  const many = await measured(raw, () => repeated(1, () => addMany(Array.from({ length: together }, next)), together));
  const doMany = await measured(raw, async () => (await doAll(order), order));
  order = 0;
  const ones = await measured(raw, () => repeated(inFlight, () => addOne(next()), 1));
  await doAll(order);
  return {
    [`adds, ${together} at a time`]: many,
    [`adds, one at a time, ${inFlight} in flight`]: ones,
    [`jobs done, ${inFlight} at a time`]: doMany,
  };
}

async function repeated(callers: number, run: () => Promise<unknown>, jobs: number): Promise<number> {
  const begunMs = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() - begunMs < addMs) {
        await run();
        count += jobs;
      }
    }),
  );
  return count;
}

async function measured(raw: Redis, run: () => Promise<number>) {
  await raw.config("RESETSTAT");
  const begunMs = performance.now();
  const jobs = await run();
  const perSecond = (1_000 * jobs) / (performance.now() - begunMs);
  const serverUs = Number(/cmdstat_evalsha:.*usec=(\d+)/.exec(await raw.info("commandstats"))?.[1]) / jobs;
  return { perSecond, serverUs };
}

async function measure(endpoint: SingleEndpoint) {
  const raw = connect(endpoint);
  if ("slots" in raw) throw new Error("not a single primary");
  const subjects = { larder: larder(endpoint), bullmq: bullmq(endpoint) };
  const figures: Record<keyof typeof subjects, Figures[]> = { larder: [], bullmq: [] };
  for (let at = -1; at < rounds; at++)
    for (const name of ["larder", "bullmq"] as const) {
      const figure = await round(subjects[name], raw);
      if (at >= 0) figures[name].push(figure);
    }
  await Promise.all(Object.values(subjects).map(({ close }) => close()));
  const over = (of: (at: number, what: string) => number): Record<string, Spread> =>
    Object.fromEntries(
      Object.keys(figures.larder[0] ?? {}).map((what) => [what, spreadOf(figures.larder.map((_, at) => of(at, what)))]),
    );
  const of = (name: keyof typeof subjects, at: number, what: string) =>
    figures[name][at]?.[what] ?? { perSecond: Number.NaN, serverUs: Number.NaN };
  return {
    perSecond: {
      larder: over((at, what) => of("larder", at, what).perSecond),
      bullmq: over((at, what) => of("bullmq", at, what).perSecond),
    },
    ratios: over((at, what) => of("larder", at, what).perSecond / of("bullmq", at, what).perSecond),
    serverUsPerJob: {
      larder: over((at, what) => of("larder", at, what).serverUs),
      bullmq: over((at, what) => of("bullmq", at, what).serverUs),
    },
  };
}

measureWhenTold(measure);
