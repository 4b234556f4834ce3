/** Takes a lock, or a place among those who wait for it; and gives both up. */
import type { RedisClient } from "../redis/connect";
import type { LockSlot } from "../redis/keys";
import { runScript } from "../redis/scripts";
import { lockScript, look, millisecondsOf, put } from "./lock-script";

export type Answer =
  /** `isNew`: by this question, not by an earlier one of the same holder. */
  | { readonly state: "acquired"; readonly token: number; readonly leftMs: number; readonly isNew: boolean }
  /** Another one has it, or may take it, so long. */
  | { readonly state: "held"; readonly leftMs: number }
  /** This holder has had it already, and it is over. */
  | { readonly state: "ended" };

/**
 * KEYS lock, waiters · ARGV holder, lease µs, ms to wait (0: not at all). Returns the new token, or { state, µs left, token }.
 *
 * Atomic, or two could find the lock free. Run again for the same holder it answers the same lease, and keeps the place of who
 * waits. When a lease or an offer has run out, whoever asks first hands the lock on to the first of those who wait.
 */
const take = lockScript({
  whenFull: "refuse",
  usual: `${look}
if state == free and holder ~= me then
  last = math.max(last + 1, now)
  ${put("held", "last", "now + ARGV[2]", "me")}
  return last
end`,
  otherwise: `local function inQueue()
  local waitMs = tonumber(ARGV[3])
  if waitMs > 0 then
    call('ZADD', waiters, 'NX', string.format('%.0f', now), me)
    if call('PTTL', waiters) < waitMs then call('PEXPIRE', waiters, waitMs) end
    if state == held then ${put("awaited", "last", "ends", "holder")} end
  end
  return { 'held', ends - now }
end

if holder == me and state ~= offered then
  if state ~= free and ends > now then return { 'acquired', ends - now, last } end
  return { 'ended' }
end
if holder ~= me then
  if ends > now then return inQueue() end
  local head = call('ZPOPMIN', waiters)[1]
  if head and head ~= me then
    offer(head)
    state = offered
    return inQueue()
  end
end
last = math.max(last + 1, now)
ends = now + ARGV[2]
local others = call('EXISTS', waiters) == 1
${put("others and awaited or held", "last", "ends", "me")}
if others then tell(ends, '') end
return last`,
});

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
  const reply = await runScript(client, take, slot, holder, leaseMs * 1_000, waitMs);
  if (typeof reply === "number") return { state: "acquired", token: reply, leftMs: leaseMs, isNew: true };
  const parts: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const [state, leftUs, token] = parts;
  const leftMs = millisecondsOf(leftUs);
  switch (String(state)) {
    case "acquired":
      return { state: "acquired", token: Number(token), leftMs, isNew: false };
    case "held":
      return { state: "held", leftMs };
    default:
      return { state: "ended" };
  }
}

/** KEYS lock, waiters · ARGV holder. Whatever the holder has, a place or the lock itself, the next one gets. */
const leave = lockScript({
  whenFull: "allow",
  otherwise: `if holder == me and state ~= free then handOver() else call('ZREM', waiters, me) end
return 1`,
});

/**
 * KEYS lock, waiters · ARGV holder. The next one gets the place, or what was offered. Not a lease: who stops waiting has none, and one of that
 * holder is a repetition's, which goes on.
 */
const leavePlace = lockScript({
  whenFull: "allow",
  otherwise: `if holder == me and state == offered then handOver() else call('ZREM', waiters, me) end
return 1`,
});

export async function leaveLock(client: RedisClient, slot: LockSlot, holder: string): Promise<void> {
  await runScript(client, leave, slot, holder);
}

export async function leavePlaceAtLock(client: RedisClient, slot: LockSlot, holder: string): Promise<void> {
  await runScript(client, leavePlace, slot, holder);
}
