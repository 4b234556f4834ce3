import { fencedScriptPrelude, fencePredicate, type LeaseId } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { addressOf, connected, redisModes } from "../../support/redis-clients";
import { newDatabase } from "../../support/shop-database";
import { servers } from "../../support/servers";
import { until } from "../../support/until";
import { acceptedWrites, createRows, writeRow } from "./guarded-row";

/** In microseconds of the year 2026: beyond what a number in SQL or Lua is written with by itself. */
const [early, late] = [1_790_000_000_000_001, 1_790_000_000_000_002];

/** Each write, and whether a check must accept it. */
const writes: readonly (LeaseId & { readonly accepted: boolean })[] = [
  { token: early, holder: "one", accepted: true },
  { token: early, holder: "one", accepted: true },
  { token: early, holder: "other", accepted: false },
  { token: late, holder: "two", accepted: true },
  { token: early, holder: "one", accepted: false },
  { token: late, holder: "one", accepted: false },
  { token: late, holder: "two", accepted: true },
];

it.each(redisModes)("a script in Redis refuses what an older token writes (%s)", async (mode) => {
  const redis = connected(addressOf(mode));
  await until("it is connected", () => redis.status === "ready");
  const tag = randomUUID();
  const [value, fence] = [`stock:{${tag}}`, `stock:{${tag}}:fence`];
  const lua = `${fencedScriptPrelude}
if not passes(KEYS[2], ARGV[1], ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', 60000)
return 1`;
  for (const { token, holder, accepted } of writes) {
    expect(await redis.eval(lua, 2, value, fence, token, holder)).toBe(accepted ? 1 : 0);
    if (accepted) expect(await redis.get(value)).toBe(holder);
  }
  expect(await redis.pttl(fence)).toBeGreaterThan(0);
});

it("a predicate in PostgreSQL refuses what an older token writes", async () => {
  const client = await ownDatabase();
  await createRows(client, ["42"]);
  for (const { accepted, ...lease } of writes) expect(await writeRow(client, "42", lease)).toBe(accepted);
  const accepted = (await acceptedWrites(client)).map(({ token, holder }) => ({ token, holder, accepted: true }));
  expect(accepted).toEqual(writes.filter((write) => write.accepted));
  await client.end();
});

it.each(["3; DROP TABLE films", Number.NaN, 0, 65_535])("no predicate is made of a parameter %j", (first) => {
  expect(() => fencePredicate(first as number)).toThrow("firstParameter is ");
});

async function ownDatabase(): Promise<Client> {
  const { DATABASE_NAME: database } = await newDatabase();
  const { host, port, master } = servers().postgres;
  const client = new Client({ host, port, database, ...master });
  await client.connect();
  return client;
}
