import { LoadFailedError, SharedCache, type CollectionOptions } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { addressOf, connected, redisModes } from "../../support/redis-clients";
import { HeldSource } from "../../support/held-source";
import { until } from "../../support/until";
import { PythonClient, pythonHasRedis } from "./python-client";

interface Film {
  readonly title: string;
  readonly genre?: string;
}

interface Acquired {
  readonly state: string;
  readonly token: string;
}

/** What a name may hold and a key may not, a letter of two bytes too. */
const id = "é:{4}%2";
const slam: Film = { title: "Slam", genre: "Drama / é" };
const long: Film = { title: "Slam ".repeat(5_000) };

const document = readFileSync(join(__dirname, "../../../docs/wire-format.md"), "utf8");
const examples = JSON.parse(/```json\n([^]*?)```/.exec(document)![1]!) as { frame: string }[];

const withPython = pythonHasRedis();
if (!withPython)
  process.stderr.write(
    "skipped: a client in Python follows docs/wire-format.md. It needs a python3 that can import redis.cluster (Debian 12: python3-redis), on the PATH or named by LARDER_PYTHON\n",
  );

(withPython ? describe.each(redisModes) : describe.skip.each(redisModes))("a client in Python (%s)", (mode) => {
  const name = `films {${randomUUID()}}`;
  let python: PythonClient;
  beforeAll(() => (python = new PythonClient(name, addressOf(mode))));
  afterAll(() => python.end());

  /** A process with the toolkit. `near` values are proven at each call, unless it is given a clock. */
  function films(load: CollectionOptions<Film>["load"], near = { maxStalenessMs: 0 }, clock?: () => number) {
    const cache = new SharedCache({
      redis: connected(addressOf(mode)),
      deadlineMs: 5_000,
      near,
      ...(clock && { clock: () => ({ monotonicMs: clock(), wallMs: Date.now() }) }),
    });
    return cache.collection<Film>(name, {
      ttlMs: 60_000,
      load,
      tags: ({ genre }) => (genre === undefined ? [] : [genre]),
    });
  }

  const holding = (film?: Film) => films(async () => film);
  const neverLoads = () => films(async () => Promise.reject(new Error("it was loaded")));

  const lease = async () => (await python.ask("acquire", id)) as Acquired;

  /** Python loads a value, or that there is none, as the document says. */
  async function store(softMs: number, ...value: Film[]): Promise<unknown> {
    const { token } = await lease();
    const versions = await python.ask("versions", ["*", ...value.flatMap(({ genre }) => genre ?? [])]);
    return python.ask("fill", id, token, versions, softMs, 60_000, ...value);
  }

  beforeEach(() => python.ask("invalidate", id));

  it("decodes the document's examples", async () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const { frame, ...expected } of examples) await expect(python.ask("decode", frame)).resolves.toEqual(expected);
  });

  it.each([
    ["a value", { value: slam }],
    ["a value that was compressed", { value: long }],
    ["that there is none", {}],
  ])("reads %s as Larder stored it", async (_, found: { value?: Film }) => {
    await expect(python.ask("read", id)).resolves.toEqual({ state: "miss" });
    await holding(found.value).get(id);
    await expect(python.ask("read", id)).resolves.toEqual({ state: "fresh", ...found });
  });

  it("sees by the versions that Larder outdated a value", async () => {
    const larder = holding(slam);
    const outdated = async (change: () => Promise<void>) => {
      await larder.get(id);
      await expect(python.ask("read", id)).resolves.toMatchObject({ state: "fresh" });
      await change();
      await expect(python.ask("read", id)).resolves.toEqual({ state: "outdated" });
    };
    await outdated(() => larder.invalidateTags(slam.genre!));
    await outdated(() => larder.invalidateAll());
  });

  it.each([
    ["a value", slam],
    ["a value that it compressed", long],
    ["that there is none", undefined],
  ])("stores %s under a lease, and Larder serves it", async (_, film) => {
    await expect(store(60_000, ...(film ? [film] : []))).resolves.toBe(true);
    await expect(neverLoads().lookup(id)).resolves.toEqual({ value: film, tier: "redis" });
  });

  it("stores a value that Larder can outdate by its tag", async () => {
    const larder = holding({ title: "new" });
    await store(60_000, slam);
    await larder.invalidateTags(slam.genre!);
    await expect(larder.lookup(id)).resolves.toEqual({ value: { title: "new" }, tier: "load" });
  });

  it("loads for those who wait in Larder", async () => {
    const { token } = await lease();
    const waits: string[] = [];
    const larder = new SharedCache({
      redis: connected(addressOf(mode)),
      deadlineMs: 5_000,
      onEvent: ({ type }) => waits.push(type),
    }).collection<Film>(name, { ttlMs: 60_000, load: async () => Promise.reject(new Error("it was loaded")) });
    const found = larder.lookup(id);
    await until("Larder waits", () => waits.includes("wait"));
    await python.ask("fill", id, token, await python.ask("versions", ["*"]), 60_000, 60_000, slam);
    await expect(found).resolves.toEqual({ value: slam, tier: "redis" });
  });

  it("has its value refused that Larder invalidated while it was loaded", async () => {
    const larder = holding({ title: "new" });
    const { token } = await lease();
    const versions = await python.ask("versions", ["*"]);
    await larder.invalidate(id);
    await expect(python.ask("fill", id, token, versions, 60_000, 60_000, slam)).resolves.toBe(false);
    await expect(larder.lookup(id)).resolves.toEqual({ value: { title: "new" }, tier: "load" });
  });

  it("leaves a load to Larder that has the lease, and learns that it failed", async () => {
    const source = new HeldSource<Film>();
    const found = films(source.load).get(id);
    const load = await source.reached(1);
    await expect(lease()).resolves.toEqual({ state: "held" });
    load.fail(new RangeError("no such shelf"));
    await expect(found).rejects.toThrow("no such shelf");
    await expect(lease()).resolves.toEqual({ state: "failed", reason: "RangeError" });
  });

  it("tells Larder that its load failed", async () => {
    const { token } = await lease();
    await python.ask("fail", id, token, "KeyError");
    const found = neverLoads().get(id);
    await expect(found).rejects.toThrow(LoadFailedError);
    await expect(found).rejects.toThrow("KeyError");
  });

  it("gives its lease back, and Larder loads", async () => {
    const { token } = await lease();
    await python.ask("release", id, token);
    await expect(holding(slam).lookup(id)).resolves.toEqual({ value: slam, tier: "load" });
  });

  it("takes the lease of a stale value, serves it meanwhile, and replaces it", async () => {
    await store(0, { title: "old" });
    const { state, token } = await lease();
    expect(state).toBe("acquired");
    await expect(python.ask("read", id)).resolves.toEqual({ state: "stale", value: { title: "old" } });
    await python.ask("fill", id, token, await python.ask("versions", ["*"]), 60_000, 60_000, slam);
    await expect(python.ask("read", id)).resolves.toEqual({ state: "fresh", value: slam });
  });

  it.each([
    ["a value", "invalidate", id],
    ["a tag", "outdate", slam.genre!],
    ["a collection", "outdate", "*"],
  ])("changes %s, and every process of Larder sees it once its proof is too old", async (_, method, what) => {
    let film = slam;
    let nowMs = 0;
    const larder = films(
      async () => film,
      { maxStalenessMs: 500 },
      () => nowMs,
    );
    await larder.get(id);
    film = { ...slam, title: "new" };
    await python.ask(method, what);
    await expect(larder.lookup(id)).resolves.toEqual({ value: slam, tier: "near" });
    nowMs = 501;
    await expect(larder.lookup(id)).resolves.toEqual({ value: film, tier: "load" });
  });
});
