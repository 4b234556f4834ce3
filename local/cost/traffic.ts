/** What is assumed of traffic, all of it in traffic.json. The templates say everything else. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";

const amount = z.number().check(z.nonnegative());
const share = z.number().check(z.minimum(0), z.maximum(1));

const Traffic = z.object({
  stages: z.record(
    z.string(),
    z.object({
      /** To the API, in a month. */
      requests: amount,
      /** A metric costs nothing in an hour in which nobody writes it. */
      hoursInUse: share,
      /** What a snapshot of one shard holds. */
      redisGBPerShard: amount,
    }),
  ),
  /** By the name in the function's log. */
  functions: z.record(
    z.string(),
    z.object({
      /** A request may call an authorizer before its function. */
      callsPerRequest: amount,
      /** What a call is billed for; of a scheduled one, what it takes beside the time that it is told to run. Nothing was measured on Lambda. */
      ms: amount,
      /** What it publishes in a month in which little fails: some seven for each collection, two to six for its locks or queue. */
      customMetrics: amount,
    }),
  ),
  /** How many of the routes are called in an hour in which the API is used. */
  routesInUse: share,
  answerBytes: amount,
  /** Between a function and Redis or PostgreSQL, both ways. */
  storeBytesPerRequest: amount,
  accessLogBytes: amount,
  /** Lambda's own lines and the function's. */
  callLogBytes: amount,
  /** Of each log group that neither functions nor the API write to: slow log, engine log, PostgreSQL's, refused connections, what a firewall finds. */
  otherLogGB: amount,
  /** What is left of a log once it is compressed. */
  storedLogShare: share,
  diskInUse: share,
  diskChangedPerDay: share,
  endpointGB: amount,
});
export type Traffic = z.infer<typeof Traffic>;

export const trafficFileName = "local/cost/traffic.json";

export function readTraffic(): Traffic {
  return Traffic.parse(JSON.parse(readFileSync(join(__dirname, "traffic.json"), "utf8")));
}

/** @throws for a stage whose traffic nobody has assumed */
export function trafficOf({ stages }: Traffic, stage: string): Traffic["stages"][string] {
  const found = stages[stage];
  if (found === undefined)
    throw new Error(`no traffic is assumed for the stage "${stage}": add it to ${trafficFileName}`);
  return found;
}
