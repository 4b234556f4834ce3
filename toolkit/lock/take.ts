/** Takes a lock, or a place among those who wait for it; and gives both up. */
import type { RedisClient } from "../redis/connect";
import type { LockSlot } from "../redis/keys";
import { runScript } from "../redis/scripts";
import { lockScript, millisecondsOf } from "./lock-script";

export type Answer =
  | { readonly state: "acquired"; readonly token: number; readonly leftMs: number }
  /** Another one has it, or may take it, so long. */
  | { readonly state: "held"; readonly leftMs: number }
  /** This holder has had it already, and it is over. */
  | { readonly state: "ended" };

/**
 * KEYS lock, waiters · ARGV news, holder, lease µs, ms to wait (0: not at all). Returns { state, µs left, token }.
 *
 * Atomic, or two could find the lock free. Run again for the same holder it answers the same lease, and keeps the place of who
 * waits. When a lease or an offer has run out, whoever asks first hands the lock on to the first of those who wait.
 */
const take = lockScript(
  `local lease, waitMs = tonumber(ARGV[3]), tonumber(ARGV[4])
look()

local function inQueue()
  if waitMs > 0 then
    call('ZADD', waiters, 'NX', string.format('%.0f', now), me)
    if call('PTTL', waiters) < waitMs then call('PEXPIRE', waiters, waitMs) end
  end
  return { 'held', ends - now }
end

if holder == me and state ~= offered then
  if state == held and ends > now then return { 'acquired', ends - now, last } end
  return { 'ended' }
end
if state ~= free and holder ~= me then
  if ends > now then return inQueue() end
  local head = call('ZPOPMIN', waiters)[1]
  if head and head ~= me then
    offer(head)
    return inQueue()
  end
end
local token = math.max(last + 1, now)
put(held, token, now + lease, me)
if state ~= free and call('EXISTS', waiters) == 1 then tell(now + lease, '') end
return { 'acquired', lease, token }`,
  "refuse",
);

export interface Asked {
  readonly holder: string;
  readonly leaseMs: number;
  /** For how much longer the caller would wait. */
  readonly waitMs: number;
}

export async function askForLock(
  client: RedisClient,
  slot: LockSlot,
  { holder, leaseMs, waitMs }: Asked,
): Promise<Answer> {
  const reply = await runScript(client, take, slot, slot.news, holder, leaseMs * 1_000, waitMs);
  const [state, leftUs, token]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const leftMs = millisecondsOf(leftUs);
  switch (String(state)) {
    case "acquired":
      return { state: "acquired", token: Number(token), leftMs };
    case "held":
      return { state: "held", leftMs };
    default:
      return { state: "ended" };
  }
}

/** KEYS lock, waiters · ARGV news, holder. Whatever the holder has, a place or the lock itself, the next one gets. */
const leave = lockScript(
  `if holder == me and state ~= free then handOver() else call('ZREM', waiters, me) end
return 1`,
  "allow",
);

export async function leaveLock(client: RedisClient, slot: LockSlot, holder: string): Promise<void> {
  await runScript(client, leave, slot, slot.news, holder);
}
