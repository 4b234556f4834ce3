/** `npm run bench -- locks`: the lock beside its peers, in one run; keeps the figures in bench/peers/locks.json. */
import { type ChildProcess, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod/mini";
import { type Spread, spreadOf } from "../rounds";
import { compiled } from "./compiled";
import { type LockLibrary, lockLibraries, waitingLibraries } from "./libraries/locks";
import type { Endpoint } from "./library";
import { Held, type Order } from "./locks-process";
import { startServers } from "./servers";

const rounds = 15;
const roundMs = 200;
const processes = 4;
const waiters = 16;
const holdMs = 5;

const Answer = z.object({ id: z.number(), answer: z.unknown() });

/** A process that takes locks. */
class LockProcess {
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();

  constructor() {
    this.#child = fork(compiled("locks-process"));
    this.#child.on("message", (message) => {
      const { id, answer } = Answer.parse(message);
      this.#asked.get(id)?.resolve(answer);
      this.#asked.delete(id);
    });
    this.#child.on("exit", () => {
      for (const { reject } of this.#asked.values()) reject(new Error("the locks couldn't be measured"));
    });
  }

  tell(order: Order): Promise<unknown> {
    const id = Math.random();
    this.#child.send({ id, order });
    return new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
  }

  end(): void {
    this.#child.kill();
  }
}

async function openProcess(endpoint: Endpoint, libraries: readonly LockLibrary[]): Promise<LockProcess> {
  const process = new LockProcess();
  await process.tell({ do: "open", endpoint: { ...endpoint, mode: "single" }, libraries: [...libraries] });
  return process;
}

/** Takes and releases per second, nobody else wanting the lock. */
async function measureAlone(endpoint: Endpoint, inFlight: number) {
  const process = await openProcess(endpoint, lockLibraries);
  const perSecond = new Map(lockLibraries.map((library): [LockLibrary, number[]] => [library, []]));
  for (let round = -2; round < rounds; round++)
    for (const library of lockLibraries) {
      const rate = Number(await process.tell({ do: "take and release", library, inFlight, forMs: roundMs }));
      if (round >= 0) perSecond.get(library)?.push(rate);
    }
  process.end();
  const byHand = perSecond.get("by hand") ?? [];
  return Object.fromEntries(
    [...perSecond].map(([library, rates]) => [
      library,
      { perSecond: spreadOf(rates), toByHand: spreadOf(rates.map((rate, at) => rate / (byHand[at] ?? Number.NaN))) },
    ]),
  );
}

/** Sixteen who wait, in four processes; each holds the lock for a moment. */
async function measureWaiting(endpoint: Endpoint) {
  const team = await Promise.all(Array.from({ length: processes }, () => openProcess(endpoint, waitingLibraries)));
  const figures = new Map(waitingLibraries.map((library): [LockLibrary, Queue[]] => [library, []]));
  for (let round = -1; round < rounds; round++)
    for (const library of waitingLibraries) {
      const queue = await waitInTurn(team, library, `${library} ${round}`);
      if (round >= 0) figures.get(library)?.push(queue);
    }
  for (const process of team) process.end();
  return Object.fromEntries([...figures].map(([library, queues]) => [library, summary(queues)]));
}

interface Queue {
  /** From the first hand-over to the last release, by what of it the lock was held. */
  readonly totalToHeld: number;
  readonly totalMs: number;
  readonly handOverMs: readonly number[];
  readonly inOrder: boolean;
}

async function waitInTurn(team: readonly LockProcess[], library: LockLibrary, name: string): Promise<Queue> {
  const [first] = team;
  if (first === undefined) throw new Error("there is no process");
  const opening = first.tell({ do: "hold", library, name });
  await pause(20);
  const waiting: Promise<unknown>[] = [];
  for (let at = 0; at < waiters; at++) {
    waiting.push(team[at % team.length]?.tell({ do: "hold", library, name, holdMs }) ?? Promise.resolve());
    await pause(10); // so that they come one after the other
  }
  await first.tell({ do: "release" });
  const opened = Held.parse(await opening);
  const asked = (await Promise.all(waiting)).map((held) => Held.parse(held));
  const served = asked.toSorted((one, other) => one.acquiredMs - other.acquiredMs);
  const handOverMs = served.map(({ acquiredMs }, at) => acquiredMs - (served[at - 1] ?? opened).releasedMs);
  const heldMs = served.reduce((sum, { acquiredMs, releasedMs }) => sum + releasedMs - acquiredMs, 0);
  const totalMs = (served.at(-1)?.releasedMs ?? Number.NaN) - opened.releasedMs;
  return {
    totalToHeld: totalMs / heldMs,
    totalMs,
    handOverMs,
    inOrder: served.every((held, at) => held === asked[at]),
  };
}

function summary(queues: readonly Queue[]) {
  const each = queues.flatMap(({ handOverMs }) => handOverMs).toSorted((one, other) => one - other);
  const spread = (figure: (queue: Queue) => number): Spread => spreadOf(queues.map(figure));
  return {
    totalToHeld: spread(({ totalToHeld }) => totalToHeld),
    totalMs: spread(({ totalMs }) => totalMs),
    handOverP50Ms: each[Math.floor(0.5 * each.length)],
    handOverP99Ms: each[Math.floor(0.99 * each.length)],
    queuesInOrder: `${queues.filter(({ inOrder }) => inOrder).length} of ${queues.length}`,
  };
}

async function run(): Promise<void> {
  const servers = await startServers();
  try {
    const figures = {
      machine: { cpu: cpus()[0]?.model, cores: cpus().length },
      "alone, 1 in flight": await measureAlone(servers.single, 1),
      "alone, 64 in flight": await measureAlone(servers.single, 64),
      [`${waiters} wait in ${processes} processes, each holds ${holdMs} ms`]: await measureWaiting(servers.single),
    };
    const text = JSON.stringify(figures, undefined, 2);
    console.log(text);
    writeFileSync(join(__dirname, "locks.json"), `${text}\n`);
  } finally {
    await servers.stop();
  }
}

run().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
