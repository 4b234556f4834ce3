/** What is measured, in the order of the table, and what is aimed at. */
import { measureInTurn } from "./in-turn";
import type { Endpoint } from "./library";
import { libraryNames as libraries } from "./libraries/all";
import type { MeasureName } from "./measures/all";
import { measureOutage, outagesOf } from "./outages";
import { boundRow, p99, ratioRow, type Row, sum } from "./row";
import type { Servers } from "./servers";

const rounds = 25;
/** Of what takes long, or a new process each time. */
const fewRounds = 3;

/** @param only - the part of a name, to measure that alone */
export async function rowsOf(servers: Servers, only = ""): Promise<Row[]> {
  const parts = { nearHits, redisHits64, redisHits1, manyKeys, coldKey, outages, entryMemory };
  const rows: Row[] = [];
  for (const [name, part] of Object.entries(parts)) {
    if (!name.includes(only)) continue;
    console.error(`measuring ${name}`);
    rows.push(...(await part(servers)));
  }
  return rows;
}

function inTurn(
  measure: MeasureName,
  endpoint: Endpoint,
  more: { readonly rounds?: number; readonly processes?: number } = {},
) {
  return measureInTurn({ libraries, measure, endpoint, rounds, ...more });
}

async function nearHits({ single }: Servers): Promise<Row[]> {
  const found = await inTurn("nearHits", single);
  return [
    ratioRow({ measure: "near hit", unit: "1/s", rounds: found, figure: "perSecond", to: "lru-cache", atLeast: 0.5 }),
  ];
}

const hit = { unit: "1/s", figure: "perSecond", to: "ioredis" };

async function redisHits64({ single, cluster }: Servers): Promise<Row[]> {
  const measure = "Redis hit, 64 in flight";
  return [
    ratioRow({ ...hit, measure, rounds: await inTurn("redisHits64", single), atLeast: 2 }),
    ratioRow({ ...hit, measure: `${measure}, cluster`, rounds: await inTurn("redisHits64", cluster), atLeast: 1.2 }),
  ];
}

async function redisHits1({ single, cluster }: Servers): Promise<Row[]> {
  const measure = "Redis hit, 1 in flight";
  return [
    ratioRow({ ...hit, measure, rounds: await inTurn("redisHits1", single), atLeast: 0.95 }),
    ratioRow({ ...hit, measure: `${measure}, cluster`, rounds: await inTurn("redisHits1", cluster), atLeast: 0.95 }),
  ];
}

async function manyKeys({ single }: Servers): Promise<Row[]> {
  const found = await inTurn("manyKeys", single);
  const row = { measure: "100 keys at once", unit: "ms", figure: "milliseconds", to: "ioredis" };
  return [ratioRow({ ...row, rounds: found, atMost: 1.3 })];
}

async function coldKey({ single }: Servers): Promise<Row[]> {
  const found = await inTurn("coldKey", single, { processes: 8, rounds: 5 });
  const row = { rounds: found };
  return [
    boundRow({ ...row, measure: "cold key, 8 × 200 callers", unit: "loads", figure: "loads", of: sum, atMost: 1 }),
    boundRow({
      ...row,
      measure: "the same, p99 wait",
      unit: "ms over the load",
      figure: "overLoadMs",
      of: p99,
      atMost: 30,
    }),
  ];
}

async function outages(servers: Servers): Promise<Row[]> {
  const rows: Row[] = [];
  for (const outage of outagesOf(servers)) {
    const row = { unit: "ms over the load", rounds: await measureOutage(libraries, outage, fewRounds) };
    rows.push(
      boundRow({ ...row, measure: `${outage.name}: first get`, figure: "firstMs", atMost: 50 }),
      boundRow({ ...row, measure: `${outage.name}: slowest of the next 20`, figure: "laterMs", atMost: 1 }),
    );
  }
  return rows;
}

async function entryMemory({ single }: Servers): Promise<Row[]> {
  const row = { measure: "near entry over its JSON", unit: "bytes", figure: "bytes", atMost: 200 };
  const found = await inTurn("entryMemory", single, { rounds: fewRounds });
  return [boundRow({ ...row, rounds: found })];
}
