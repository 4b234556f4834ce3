/** What may be done to a lease that stands, by whoever can name its token and holder; and who that is. */
import type { RedisClient } from "../redis/connect";
import type { LockSlot } from "../redis/keys";
import { runScript } from "../redis/scripts";
import { lockScript, millisecondsOf } from "./lock-script";

/** What a lease is known by. */
export interface LeaseId {
  readonly token: number;
  readonly holder: string;
}

/** KEYS lock, waiters · ARGV news, holder, token, lease µs. Returns the µs that are left, 0 for a lease that is over. Never shortens it. */
const renew = lockScript(
  `look()
if state ~= held or holder ~= me or last ~= tonumber(ARGV[3]) or ends <= now then return 0 end
ends = math.max(ends, now + ARGV[4])
put(held, last, ends, me)
return ends - now`,
  "allow",
);

export async function renewLease(
  client: RedisClient,
  slot: LockSlot,
  { token, holder }: LeaseId,
  leaseMs: number,
): Promise<number> {
  return millisecondsOf(await runScript(client, renew, slot, slot.news, holder, token, leaseMs * 1_000));
}

/**
 * KEYS lock, waiters · ARGV news, holder, token. Returns whether the lease is over by this, 0 where another one has had the lock
 * since. A copy that arrives late finds it released.
 */
const release = lockScript(
  `if last ~= tonumber(ARGV[3]) then return 0 end
if state ~= held then return 1 end
if holder ~= me then return 0 end
handOver()
return 1`,
  "allow",
);

export async function releaseLease(client: RedisClient, slot: LockSlot, { token, holder }: LeaseId): Promise<boolean> {
  return (await runScript(client, release, slot, slot.news, holder, token)) === 1;
}

export type LockState = { readonly waiters: number } & (
  { readonly held: false } | ({ readonly held: true; readonly remainingMs: number } & LeaseId)
);

/** KEYS lock, waiters · ARGV news, ''. Returns { waiters, µs left (0: not held), token, holder }. */
const read = lockScript(
  `look()
return { call('ZCARD', waiters), state == held and math.max(ends - now, 0) or 0, last, holder }`,
  "allow",
);

export async function readLock(client: RedisClient, slot: LockSlot): Promise<LockState> {
  const reply = await runScript(client, read, slot, slot.news, "");
  const [waiters, leftUs, token, holder]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const remainingMs = millisecondsOf(leftUs);
  return remainingMs > 0
    ? { held: true, token: Number(token), holder: String(holder), remainingMs, waiters: Number(waiters) }
    : { held: false, waiters: Number(waiters) };
}
