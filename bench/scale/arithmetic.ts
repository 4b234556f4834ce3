/** What `prod` needs at a multiple of the traffic that local/cost/traffic.json assumes, beside what it has: docs/scale.md explains each row. */
import type { Traffic } from "../../local/cost/traffic";
import type { KeyMemory } from "./key-memory";
import type { LimitsOfProd } from "./limits-of-prod";
import { logReadsPerSecond } from "./log-polling";
import type { RequestUse } from "./shop-commands";

export interface Need {
  readonly what: string;
  readonly limit: number;
  readonly limitIs: "configured" | "AWS's" | "assumed";
  readonly at: (factor: number) => number;
}

/** Assumed; everything else is measured, configured, or in traffic.json. */
export const assumed = {
  /** The busiest second, of an average one. */
  peak: 10,
  /** Of all requests, in the words of `measureRequests`. */
  mix: {
    "GET /movies/{id}, half a second later": 0.45,
    "GET /movies?genre=Drama": 0.25,
    "GET /cart": 0.08,
    "PUT /cart/items/{id}": 0.05,
    "POST /sessions": 0.01,
    "GET /orders": 0.02,
    "PUT /cart/items/{id}, POST /orders": 0.01,
    "GET /leaderboards/best-sellers-day": 0.1,
    "POST /limits/api-calls/consume": 0.02,
  },
  /** Redis on one core of a t4g, TLS included. Here a busy one does 90,000 to 170,000 (`bench/peers/limits.json`). */
  commandsPerSecond: 20_000,
  /** What a t4g.small or .medium has at all times: 20 % of each of two cores. */
  sustained: 0.4,
  statementsPerSecond: 2_000,
  /** One request of a hundred is an order, of some 20 statements with its jobs; two read orders, one signs in. What is cached asks for none. */
  statementsPerRequest: 0.3,
  jobsPerSecondAndWorker: 100,
  workers: 2,
  requestsPerUserAndDay: 10,
  /** A session lives a week beyond its last use. */
  sessionDays: 10,
} as const;

const daysPerMonth = 30.4;
const secondsPerMonth = daysPerMonth * 86_400;

export interface Measured {
  readonly requests: readonly RequestUse[];
  readonly keys: readonly KeyMemory[];
}

export function needs(prod: LimitsOfProd, traffic: Traffic, measured: Measured): Need[] {
  const perMonth = traffic.stages.prod?.requests ?? Number.NaN;
  const peakRate = (factor: number) => (factor * perMonth * assumed.peak) / secondsPerMonth;
  const mix = Object.entries(assumed.mix);
  const commands = (role: "cacheCommands" | "stateCommands") =>
    mix.reduce((sum, [name, share]) => sum + share * useOf(measured, name)[role], 0);
  const environments = (name: string) => (factor: number) => {
    const { callsPerRequest, ms } = traffic.functions[name] ?? { callsPerRequest: Number.NaN, ms: Number.NaN };
    const busy = (peakRate(factor) * callsPerRequest * ms) / 1_000;
    return Math.ceil(busy + 3 * Math.sqrt(busy)); // they come as chance has it
  };
  const withDatabase = ["catalog", "accounts", "checkout", "leaderboards"].map((name) =>
    environments(`larder-${name}`),
  );
  const all = [...withDatabase, environments("larder-authorizer"), environments("larder-coordination")];
  const sum = (of: readonly ((factor: number) => number)[]) => (factor: number) =>
    of.reduce((total, each) => total + each(factor), 0);
  const orders = assumed.mix["PUT /cart/items/{id}, POST /orders"];
  const readers = environments("larder-catalog");
  const configured = "configured";
  return [
    { what: "requests a second", limit: prod.requestsPerSecond, limitIs: configured, at: peakRate },
    { what: "environments of catalog", limit: prod.environmentsPerFunction, limitIs: configured, at: readers },
    {
      what: "connections to PostgreSQL",
      limit: Math.floor(prod.postgresConnections * 0.8),
      limitIs: "AWS's",
      at: (factor) => sum(withDatabase)(factor) + assumed.workers,
    },
    {
      what: "connections to each node of cache",
      limit: 65_000,
      limitIs: "AWS's",
      at: (factor) => sum(withDatabase)(factor) + assumed.workers,
    },
    {
      what: "connections to the primary of state",
      limit: 65_000,
      limitIs: "AWS's",
      at: (factor) => 2 * sum(all)(factor) + assumed.workers, // accounts and coordination have a second one
    },
    {
      what: "commands a second, primary of state",
      limit: assumed.commandsPerSecond * assumed.sustained,
      limitIs: "assumed",
      at: (factor) => peakRate(factor) * commands("stateCommands"),
    },
    {
      what: "commands a second, each shard of cache",
      limit: assumed.commandsPerSecond * assumed.sustained,
      limitIs: "assumed",
      at: (factor) => (peakRate(factor) * commands("cacheCommands")) / prod.cacheShards,
    },
    {
      what: "of these, reads of the log of movies (one key)",
      limit: assumed.commandsPerSecond * assumed.sustained,
      limitIs: "assumed",
      at: (factor) => logReadsPerSecond(readers(factor), (peakRate(factor) * 0.7) / readers(factor)),
    },
    {
      what: "MB in state",
      limit: prod.stateBytes / 1e6,
      limitIs: configured,
      at: (factor) => (stateBytes(measured, perMonth) * factor) / 1e6,
    },
    {
      what: "MB in cache",
      limit: prod.cacheBytes / 1e6,
      limitIs: configured,
      at: (factor) => cacheBytes(measured, perMonth * factor) / 1e6,
    },
    {
      what: "statements a second in PostgreSQL",
      limit: assumed.statementsPerSecond,
      limitIs: "assumed",
      at: (factor) => peakRate(factor) * assumed.statementsPerRequest,
    },
    {
      what: "jobs a second",
      limit: assumed.jobsPerSecondAndWorker * assumed.workers,
      limitIs: "assumed",
      at: (factor) => peakRate(factor) * orders * 2,
    },
  ];
}

/** The multiple of today's traffic at which a limit is met; `undefined` beyond a million. */
export function metAt({ at, limit }: Need): number | undefined {
  let [within, beyond] = [0, 1_000_000];
  if (at(beyond) <= limit) return undefined;
  while (beyond - within > 0.001 * beyond) {
    const middle = (within + beyond) / 2;
    if (at(middle) > limit) beyond = middle;
    else within = middle;
  }
  return within;
}

function stateBytes(measured: Measured, perMonth: number): number {
  const perDay = perMonth / daysPerMonth;
  const orders = perDay * assumed.mix["PUT /cart/items/{id}, POST /orders"];
  const users = perDay / assumed.requestsPerUserAndDay;
  return (
    perDay * assumed.mix["POST /sessions"] * assumed.sessionDays * bytesOf(measured, "a user with one session") +
    users * bytesOf(measured, "a limited user") + // of the day's limit
    orders * 8 * bytesOf(measured, "one more sale") +
    orders * 7 * bytesOf(measured, "a lock") // its tokens are remembered for a week
  );
}

function cacheBytes(measured: Measured, perMonth: number): number {
  const users = perMonth / daysPerMonth / assumed.requestsPerUserAndDay / 24; // kept for an hour
  return 3_201 * bytesOf(measured, "a cached film") + 2_000 * bytesOf(measured, "a cached page") + users * 500;
}

function useOf({ requests }: Measured, name: string): RequestUse {
  const found = requests.find(({ request }) => request === name);
  if (found === undefined) throw new Error(`${name} was not measured`);
  return found;
}

function bytesOf({ keys }: Measured, kind: string): number {
  const found = keys.find((each) => each.kind.startsWith(kind));
  if (found === undefined) throw new Error(`${kind} was not measured`);
  return found.bytes;
}
