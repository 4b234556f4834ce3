import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { freePort } from "../../local/servers/ports";
import { ownRedis } from "../support/servers";
import { until } from "../support/until";
import { isAlive } from "./servers/abandoned-process";
import { cloneOfThis, Run } from "./clone";

const ready = "Ctrl-C stops it. Worth trying:";

let clone: string;
let port: number;
let url: string;
const runs: Run[] = [];

beforeAll(async () => {
  clone = cloneOfThis();
  port = await freePort();
  url = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  for (const run of runs) run.signal("SIGTERM");
  await Promise.all(runs.map(({ ended }) => ended));
});

function run(args: readonly string[], env: Record<string, string> = {}): Run {
  const begun = Run.begin(clone, args, { PORT: String(port), ...env });
  runs.push(begun);
  return begun;
}

/** Where the answer comes from once Redis is asked at all: on a busy machine it may be late at first. */
async function tierOf(path: string): Promise<unknown> {
  return until(`${path} isn't a bypass`, async () => {
    const tier = (await fetch(url + path)).headers.get("x-cache");
    return tier === "bypass" ? undefined : tier;
  });
}

function isCached(path: string): Promise<unknown> {
  return until(`${path} is cached`, async () => /near|redis/.test(String(await tierOf(path))));
}

function numberIn(...path: string[]): number {
  return Number.parseInt(readFileSync(join(clone, ".larder", ...path), "utf8"), 10);
}

const redisPid = () => numberIn("redis", "001", "redis.pid");
const postgresPid = () => numberIn("postgres", "data", "postmaster.pid");
const startPid = () => (JSON.parse(readFileSync(join(clone, ".larder", "start.lock"), "utf8")) as { pid: number }).pid;

/** The tests are one story of one clone, in order. */
describe("npm start", () => {
  it("serves the application and says what to try", async () => {
    const start = run(["start"]);
    await start.prints("/cart/items/42");

    expect(start.output).toContain(ready);
    expect(start.output.match(/^ {2}curl .*$/gm)).toHaveLength(8);
    expect(start.output).toContain("synthesizing");
    await expect(fetch(`${url}/health`).then((answer) => answer.json())).resolves.toMatchObject({ status: "ok" });
  }, 90_000);

  it("passes the smoke test", async () => {
    const smoke = run(["smoke", url]);

    const status = await smoke.ended;
    expect([status, smoke.output.match(/^✗.*/gm)]).toEqual([0, null]);
    expect(smoke.output.match(/^✓/gm)).toHaveLength(7);
  });

  it("refuses to start twice in one clone, and says where it runs", async () => {
    const second = run(["start"], { PORT: String(await freePort()) });

    expect(await second.ended).toBe(1);
    expect(second.output).toBe(
      `larder is already running (pid ${startPid()}) on ${url}; stop it with Ctrl-C there, or: kill ${startPid()}\n`,
    );
  });

  it("goes on without Redis when that dies, and says how to bring it back", async () => {
    const [start] = runs;
    process.kill(redisPid(), "SIGKILL");
    await start!.prints("has ended by itself, the API goes on without it");

    const answer = await fetch(`${url}/movies/2`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-cache")).toBe("bypass");
  });

  it("stops everything it started on Ctrl-C", async () => {
    const [start] = runs;
    const pids = [startPid(), postgresPid()];
    start!.signal("SIGINT");

    expect(await start!.ended).toBe(0);
    expect(start!.output).toMatch(/everything is stopped.*\n$/);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it("starts again with the data of before, without synthesizing, and over what a kill -9 left", async () => {
    const first = run(["start"]);
    await first.prints(ready);
    expect(first.output).not.toContain("synthesizing");
    expect(first.output).not.toContain("films are loaded");
    await isCached("/movies/3");
    const pids = [redisPid(), postgresPid()];
    process.kill(startPid(), "SIGKILL");
    await first.ended;
    await until("its servers are gone", () => pids.every((pid) => !isAlive(pid)));

    const second = run(["start"]);
    await second.prints(ready);
    expect(await tierOf("/movies/3")).toBe("redis");
    second.signal("SIGTERM");
    expect(await second.ended).toBe(0);
  }, 90_000);

  it("uses the Redis that LARDER_REDIS_URL names, and starts none", async () => {
    const { address } = await ownRedis();
    const given = `redis://${address.user}:${address.password}@${address.host}:${address.port}`;
    const start = run(["start"], { LARDER_REDIS_URL: given });
    await start.prints(ready);
    expect(start.output).not.toContain("starting Redis");

    await isCached("/movies/4");
    start.signal("SIGINT");
    expect(await start.ended).toBe(0);
  }, 60_000);

  it("begins afresh with --reset", async () => {
    const start = run(["start", "--reset"]);
    await start.prints(ready);

    expect(start.output).toContain("films are loaded");
    expect(await tierOf("/movies/3")).toBe("load");
    start.signal("SIGINT");
    await start.ended;
  }, 90_000);

  it("names a free port when its own is taken", async () => {
    const other = createServer().listen(port, "127.0.0.1");
    const start = run(["start"]);
    void start.ended.then(() => other.close());

    expect(await start.ended).toBe(1);
    expect(start.output).toMatch(new RegExp(`^port ${port} is taken by another program: PORT=\\d+ npm start\n$`));
  });

  it.each([
    ["a port that is none", ["start"], { PORT: "http" }, "PORT is http: give it a number from 1 to 65535"],
    ["an option it doesn't have", ["start", "--fast"], {}, "there is no option --fast"],
    [
      "a Redis that doesn't answer",
      ["start"],
      { LARDER_REDIS_URL: "redis://127.0.0.1:1" },
      "127.0.0.1:1, does not answer",
    ],
    [
      "a command it doesn't have",
      ["launch"],
      {},
      "usage: node local/run.mjs start|test|check|bench|drill|smoke|doctor|cost|pack|release:templates|cdk",
    ],
  ])("refuses %s in one line", async (_, args, env, message) => {
    const refused = run(args, env);

    expect(await refused.ended).toBe(1);
    expect(refused.output).toContain(message);
    expect(refused.output).not.toMatch(/^\s+at /m);
  });
});
