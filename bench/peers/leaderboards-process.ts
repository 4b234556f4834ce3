/**
 * Adds to boards of a million members and asks for rank and neighbours, by Larder and by raw commands, in turn with `PING`, and
 * sends what it measured. The raw commands know no id, and of as many not who was first.
 */
import { type BoardWindow, connectRedis, Leaderboard } from "@larder/toolkit";
import { measureInTurn } from "../rounds";
import { connect } from "./libraries/ioredis";
import { measureWhenTold, type SingleEndpoint } from "./single-endpoint";

const members = 1_000_000;
const rounds = 15;
const runsPerRound = 1_000;
const neighbours = 2;
/** Middling: who gets one more overtakes many. */
const mostScore = 1_000;

const memberOf = (at: number) => `film-${at}`;
const scoreOf = (at: number) => (at * 7_919) % mostScore;
const anyMember = () => memberOf(Math.floor(Math.random() * members));

async function measure(endpoint: SingleEndpoint) {
  const { host, port, user, password } = endpoint;
  const redis = connectRedis({ mode: "single", host, port, credentials: { username: user, password: () => password } });
  const raw = connect(endpoint);
  if ("slots" in raw) throw new Error("not a single primary");
  await Promise.all(
    [redis, raw].map((client) => client.status !== "ready" && new Promise((resolve) => client.once("ready", resolve))),
  );
  // ElastiCache writes none unless told to; rewriting one of a million members would be measured here.
  await raw.config("SET", "appendonly", "no");

  const boardOf = (name: string, windows: readonly BoardWindow[]) =>
    new Leaderboard({ redis, name, windows, deadlineMs: 10_000 });
  const [one, three] = [boardOf("one", ["all"]), boardOf("three", ["day", "week", "all"])];
  const begunMs = performance.now();
  await rebuild(one, "all");
  const rebuildMs = performance.now() - begunMs;
  for (const window of ["day", "week", "all"] as const) await rebuild(three, window);
  for (let at = 0; at < members; at += 1_000)
    await raw.zadd("raw", ...Array.from({ length: 1_000 }, (_, of) => [scoreOf(at + of), memberOf(at + of)]).flat());

  let id = 0;
  const addTo = (board: Leaderboard) => async () => {
    const change = { member: anyMember(), by: 1 };
    const { added, rank } = await board.addAndStanding(change, { id: `order-${id++}`, window: "all", neighbours });
    if (!added || rank === undefined) throw new Error("it wasn't added");
  };
  const measured = await measureInTurn(
    [
      { name: "PING", run: async () => void (await raw.ping()) },
      { name: "ZINCRBY, ZREVRANK, then ZREVRANGE", run: () => byHand(raw) },
      { name: "ZINCRBY, ZREVRANK and ZREVRANGE of a known rank in one pipeline", run: () => pipelined(raw) },
      { name: "addAndStanding, one window", run: addTo(one) },
      { name: "addAndStanding, three windows", run: addTo(three) },
    ],
    rounds,
    runsPerRound,
  );
  const [ping, ...others] = measured;
  if (ping === undefined) throw new Error("nothing was measured");
  return {
    members,
    measured,
    // How much later as many have their answer as with PING.
    overTheRoundTrip: Object.fromEntries(
      others.map(({ name, p50Ms, p99Ms }) => [
        name,
        { p50Ms: p50Ms.median - ping.p50Ms.median, p99Ms: p99Ms.median - ping.p99Ms.median },
      ]),
    ),
    serverUsPerCall: {
      "addAndStanding, one window": await serverUs(raw, addTo(one)),
      "addAndStanding, three windows": await serverUs(raw, addTo(three)),
    },
    rebuildMs,
    bytesPerMember: Number(await raw.memory("USAGE", "larder:board1:{one}:all", "SAMPLES", 10_000)) / members,
    bytesPerId: Number(await raw.memory("USAGE", "larder:board1:{one}:added:order-0")),
  };
}

async function rebuild(board: Leaderboard, window: BoardWindow): Promise<void> {
  const nowMs = Date.now();
  const { rebuilt } = await board.rebuild({ window }, ({ fromMs }) => ({
    totals: Array.from({ length: members }, (_, at) => ({
      member: memberOf(at),
      score: scoreOf(at),
      lastAtMs: Math.max(fromMs, nowMs - at),
    })),
    ids: [],
  }));
  if (!rebuilt) throw new Error("it wasn't rebuilt");
}

type Raw = Exclude<ReturnType<typeof connect>, { slots: unknown }>;

/** Two round trips: which places are shown depends on the rank. */
async function byHand(raw: Raw): Promise<void> {
  const member = anyMember();
  const [, rank] = (await raw.pipeline().zincrby("raw", 1, member).zrevrank("raw", member).exec()) ?? [];
  const place = Number(rank?.[1]);
  await raw.zrevrange("raw", Math.max(place - neighbours, 0), place + neighbours, "WITHSCORES");
}

/** One round trip, as if the rank were known before. */
async function pipelined(raw: Raw): Promise<void> {
  const at = Math.floor(Math.random() * members);
  const member = memberOf(at);
  const pipeline = raw.pipeline().zincrby("raw", 1, member).zrevrank("raw", member);
  await pipeline.zrevrange("raw", at, at + 2 * neighbours, "WITHSCORES").exec();
}

/** How long Redis' script works for each call. */
async function serverUs(raw: Raw, run: () => Promise<void>): Promise<number> {
  const calls = 5_000;
  await raw.config("RESETSTAT");
  for (let call = 0; call < calls; call++) await run();
  return Number(/cmdstat_evalsha:.*usec=(\d+)/.exec(await raw.info("commandstats"))?.[1]) / calls;
}

measureWhenTold(measure);
