/**
 * Many processes on one cache, while processes are frozen and killed, Redis is frozen, restarted and flushed and its
 * connections are cut; then the recorded history is checked. LARDER_HISTORY_SECONDS makes the runs longer.
 */
import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { RedisServer } from "../../../../local/servers/redis";
import { connected, reach, type RedisMode } from "../../../support/redis-clients";
import { ownRedis, ownRedisCluster } from "../../../support/servers";
import { type HistoryEvent, staleReads, type WorkerSettings } from "./events";

const seconds = Number(process.env["LARDER_HISTORY_SECONDS"] ?? 15);
const maxStalenessMs = 100;
const children = new Set<ChildProcess>();

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

interface Run {
  readonly mode: RedisMode;
  readonly broken?: WorkerSettings["broken"];
  readonly seconds: number;
}

async function runHistory({ mode, broken, seconds: lengthSeconds }: Run): Promise<HistoryEvent[]> {
  const nodes = mode === "single" ? [await ownRedis()] : await ownRedisCluster();
  const source = await ownRedis();
  const history: HistoryEvent[] = [];
  const settings: WorkerSettings = {
    mode,
    redis: nodes[0]!.address,
    source: source.address,
    keys: 4,
    maxStalenessMs,
    broken,
  };
  let ended = false;
  const begin = () => {
    const child = fork(join(__dirname, "worker.ts"), [JSON.stringify(settings)], { execArgv: ["--import", "tsx"] });
    children.add(child);
    child.on("message", (event) => history.push(event as HistoryEvent));
    child.on("exit", () => {
      children.delete(child);
      if (!ended) begin();
    });
  };
  for (let process = 0; process < 4; process++) begin();

  const endMs = performance.now() + lengthSeconds * 1_000;
  while (performance.now() < endMs) {
    await pause(100 + Math.random() * 300);
    await fault(nodes);
  }
  ended = true;
  for (const child of children) child.kill("SIGKILL");
  return history;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function oneOf<T>(things: readonly T[]): T | undefined {
  return things[Math.floor(Math.random() * things.length)];
}

async function fault(nodes: readonly RedisServer[]): Promise<void> {
  const child = oneOf([...children]);
  const node = oneOf(nodes)!;
  const chance = Math.random();
  if (chance < 0.35) {
    child?.kill("SIGSTOP");
    await pause(Math.random() * 600);
    child?.kill("SIGCONT");
  } else if (chance < 0.45) child?.kill("SIGKILL");
  else if (chance < 0.6) {
    node.freeze();
    await pause(Math.random() * 400);
    node.thaw();
  } else if (chance < 0.8) await administer(node, "FLUSHALL");
  else await administer(node, "CLIENT", "KILL", "TYPE", "normal");
}

async function administer(node: RedisServer, command: string, ...args: string[]): Promise<void> {
  const client = connected(reach("single", node.address));
  await new Promise((resolve) => client.once("ready", resolve));
  await client.call(command, ...args).catch(() => undefined); // its own connection may be cut as well
  client.disconnect();
}

describe.each(["single", "cluster"] as const)("the history of many processes under faults (%s)", (mode) => {
  it(
    "has no read that began later than allowed after a change was confirmed and saw what was before it",
    async () => {
      const history = await runHistory({ mode, seconds });
      expect(staleReads(history, maxStalenessMs)).toEqual([]);
      // Enough happened for that to mean something.
      expect(history.filter(({ type }) => type === "read").length).toBeGreaterThan(100 * seconds);
      expect(history.filter(({ type }) => type === "change").length).toBeGreaterThan(10 * seconds);
    },
    (seconds + 30) * 1_000,
  );
});

describe("the checker", () => {
  it.each([
    ["values are stored whatever was changed while they were loaded", "fence"],
    ["a process hears of no change", "log"],
  ] as const)(
    "notices when %s",
    async (_what, broken) => {
      const history = await runHistory({ mode: "single", broken, seconds: 10 });
      expect(staleReads(history, maxStalenessMs)).not.toEqual([]);
    },
    60_000,
  );
});
