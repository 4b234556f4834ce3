/**
 * The right to load one missing value, held by one process in the fleet.
 *
 * Invalidation removes it, so a value that was loaded before an invalidation is never stored after it (leases: Nishtala et
 * al., "Scaling Memcache at Facebook", NSDI 2013, section 3.2.1). A holder that died or is frozen loses it by time.
 */
import type { RedisClient } from "../redis/connect";
import type { EntrySlot } from "../redis/keys";
import { runScript, script } from "../redis/scripts";
import { frameMark } from "./frame";

export type Acquired =
  /** This process loads. */
  | { readonly state: "acquired" }
  /** Another one does, under this token, at most this long. */
  | { readonly state: "held"; readonly token: string; readonly leftMs: number }
  /** The last load failed a moment ago: nobody tries again yet. */
  | { readonly state: "failed"; readonly reason: string }
  /** The entry isn't any more what the caller saw: this is what it is now. */
  | { readonly state: "changed"; readonly frame: Buffer };

/** Starts the value of a lease whose load has failed; what failed follows. */
const failed = "!";

/** One that would last longer than any load may take was not made by this toolkit, and nobody may wait for it. */
const longestLeaseMs = 61_000;

/**
 * KEYS entry, lease · ARGV token, lease ms, how the frame begins that the caller saw and can't use ('' for none).
 * Returns { state, frame or token or reason, ms left }. Atomic, or two callers could both find the lease free. Run again
 * with the same token, it returns the same lease.
 */
const acquire = script<EntrySlot>(
  ({ entry, lease }) => [entry, lease],
  `local frame = redis.call('GET', KEYS[1])
if frame and frame ~= '' and (ARGV[3] == '' or frame:sub(1, #ARGV[3]) ~= ARGV[3]) then return { 'changed', frame } end
local holder = redis.call('GET', KEYS[2])
if holder == ARGV[1] then return { 'acquired' } end
local left = redis.call('PTTL', KEYS[2])
if not holder or left < 0 or left > ${longestLeaseMs} then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
  return { 'acquired' }
end
return { 'held', holder, left }`,
);

/** Enough to hold a frame's expiries, which tell it from every other. */
const seenBytes = 64;

export async function acquireLease(
  client: RedisClient,
  slot: EntrySlot,
  token: string,
  leaseMs: number,
  seen: Buffer | null,
): Promise<Acquired> {
  const reply = await runScript(client, acquire, slot, token, Math.ceil(leaseMs), seen?.subarray(0, seenBytes) ?? "");
  const parts: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const [state, detail, leftMs] = parts;
  if (String(state) === "acquired") return { state: "acquired" };
  if (String(state) === "changed" && Buffer.isBuffer(detail)) return { state: "changed", frame: detail };
  const holder = String(detail);
  return holder.startsWith(failed)
    ? { state: "failed", reason: holder.slice(failed.length) }
    : { state: "held", token: holder, leftMs: Math.max(1, Number(leftMs)) }; // 0: less than one
}

/** A refused fill is kept this long for those who were already waiting for it. */
const handoffMs = 2_000;

/**
 * KEYS entry, lease, handoff · ARGV token, soft ms, hard ms, the rest of the frame.
 * Returns the time in ms if the value is stored, 0 if the lease fell meanwhile. Atomic, or an invalidation could fall between the check
 * and the write; stamped here, because only Redis' clock is the same for all.
 */
const fill = script<EntrySlot>(
  ({ entry, lease, handoff }) => [entry, lease, handoff],
  `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local frame = string.format('${frameMark} %.0f %.0f ', now + ARGV[2], now + ARGV[3]) .. ARGV[4]
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  redis.call('SET', KEYS[3], ARGV[1] .. '\\n' .. frame, 'PX', ${handoffMs})
  return 0
end
redis.call('SET', KEYS[1], frame, 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return now`,
);

export interface Fill {
  readonly token: string;
  /** What `encodeFrame` made. */
  readonly frame: Buffer;
  readonly softTtlMs: number;
  readonly hardTtlMs: number;
}

/** Stores a loaded value if its lease still stands, and returns when; `undefined`: it was revoked or ran out, and nothing was stored. */
export async function fillUnderLease(
  client: RedisClient,
  slot: EntrySlot,
  { token, frame, softTtlMs, hardTtlMs }: Fill,
): Promise<number | undefined> {
  const storedAtMs = Number(await runScript(client, fill, slot, token, softTtlMs, hardTtlMs, frame));
  return storedAtMs === 0 ? undefined : storedAtMs;
}

/** KEYS entry, lease · ARGV token, lease ms. Atomic, or a value could be stored under another lease in between. */
const seize = script<EntrySlot>(
  ({ entry, lease }) => [entry, lease],
  `redis.call('UNLINK', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1`,
);

/** Takes the lease from whoever has it, and removes the value: for one who is about to change it. */
export async function seizeLease(client: RedisClient, slot: EntrySlot, token: string, leaseMs: number): Promise<void> {
  await runScript(client, seize, slot, token, Math.ceil(leaseMs));
}

/** After a failed load nobody in the fleet tries again for this long. */
const backOffMs = 250;

/** KEYS lease · ARGV token, what failed. Only its holder may turn a lease into a failure. */
const fail = script<EntrySlot>(
  ({ lease }) => [lease],
  `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], '${failed}' .. ARGV[2], 'PX', ${backOffMs}) end
return 1`,
);

/** Tells those who wait for the value that its load has failed. */
export async function failLease(client: RedisClient, slot: EntrySlot, token: string, reason: string): Promise<void> {
  await runScript(client, fail, slot, token, reason);
}

/** KEYS lease · ARGV token. */
const release = script<EntrySlot>(
  ({ lease }) => [lease],
  `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`,
);

/** Gives the right to load back, with nothing stored. */
export async function releaseLease(client: RedisClient, slot: EntrySlot, token: string): Promise<void> {
  await runScript(client, release, slot, token);
}
