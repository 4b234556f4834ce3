/** What may be done to a lease that stands, by whoever can name its token and holder; and who that is. */
import type { RedisClient } from "../redis/connect";
import type { LockSlot } from "../redis/keys";
import { runScript } from "../redis/scripts";
import { shown } from "../shown";
import { lockScript, look, millisecondsOf, put } from "./lock-script";

/** What a lease is known by. */
export interface LeaseId {
  readonly token: number;
  readonly holder: string;
}

/** A token may be text, as PostgreSQL's drivers answer a bigint. @throws TypeError that shows what can't be of a lease */
export function checkLeaseId(id: Partial<LeaseId> | undefined): void {
  const { token, holder } = id ?? {};
  if (!/^\d{1,16}$/.test(String(token)) || typeof holder !== "string")
    throw new TypeError(`token is ${shown(token)}, holder is ${shown(holder)}: give both as the lease has them`);
}

/** KEYS lock, waiters · ARGV holder, token, lease µs. Returns the µs that are left, 0 for a lease that is over. Never shortens it. */
const renew = lockScript({
  whenFull: "allow",
  otherwise: `${look}
if state ~= held and state ~= awaited or holder ~= me or last ~= tonumber(ARGV[2]) or ends <= now then return 0 end
ends = math.max(ends, now + ARGV[3])
${put("state", "last", "ends", "me")}
return ends - now`,
});

export async function renewLease(
  client: RedisClient,
  slot: LockSlot,
  { token, holder }: LeaseId,
  leaseMs: number,
): Promise<number> {
  return millisecondsOf(await runScript(client, renew, slot, holder, token, leaseMs * 1_000));
}

/**
 * KEYS lock, waiters · ARGV holder, token. Returns whether the lease is over by this, 0 where another one has had the lock since.
 * A copy that arrives late finds it released.
 */
const release = lockScript({
  whenFull: "allow",
  usual: `if last ~= tonumber(ARGV[2]) then return 0 end
if state == held and holder == me then
  ${put("free", "last", "0", "me")}
  return 1
end`,
  otherwise: `if state ~= awaited then return state == held and 0 or 1 end
if holder ~= me then return 0 end
handOver()
return 1`,
});

export async function releaseLease(client: RedisClient, slot: LockSlot, { token, holder }: LeaseId): Promise<boolean> {
  return (await runScript(client, release, slot, holder, token)) === 1;
}

export type LockState = { readonly waiters: number } & (
  { readonly held: false } | ({ readonly held: true; readonly remainingMs: number } & LeaseId)
);

/** KEYS lock, waiters · ARGV ''. Returns { waiters, µs left (0: not held), token, holder }. */
const read = lockScript({
  whenFull: "allow",
  otherwise: `${look}
local left = (state == held or state == awaited) and math.max(ends - now, 0) or 0
return { call('ZCARD', waiters), left, last, holder }`,
});

export async function readLock(client: RedisClient, slot: LockSlot): Promise<LockState> {
  const reply = await runScript(client, read, slot, "");
  const parts: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const [waiters, leftUs, token, holder] = parts;
  const remainingMs = millisecondsOf(leftUs);
  return remainingMs > 0
    ? { held: true, token: Number(token), holder: String(holder), remainingMs, waiters: Number(waiters) }
    : { held: false, waiters: Number(waiters) };
}
