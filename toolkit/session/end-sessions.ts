/**
 * Ends sessions. These scripts run even when Redis' memory is full, and each writes whenever there is anything to end, also
 * the second time: `WAIT` speaks only for what the connection has written.
 */
import type { RedisClient } from "../redis/connect";
import type { SessionSlot } from "../redis/keys";
import { runScript } from "../redis/scripts";
import type { Lifetime } from "./session";
import { commonArguments, sessionScript } from "./session-script";

/** KEYS sessions · ARGV …, id. A user without any session gets no tombstone: tokens that somebody made up write nothing then. */
const end = sessionScript(`if redis.call('EXISTS', sessions) == 1 then bury(ARGV[4]) end`, "allow");

export async function endSession(
  client: RedisClient,
  slot: SessionSlot,
  id: string,
  lifetime: Lifetime,
): Promise<void> {
  await runScript(client, end, slot, ...commonArguments(lifetime), id);
}

/**
 * KEYS sessions · ARGV …, a new epoch, the id of a session that stays ('' for none). A copy that arrives late finds its
 * epoch there already, and ends nothing that began since.
 */
const endAll = sessionScript(
  `local epoch, except = unpack(ARGV, 4)
if redis.call('HGET', sessions, 'epoch') ~= epoch then
  local kept = redis.call('HGET', sessions, except)
  redis.call('DEL', sessions)
  if live(kept) then redis.call('HSET', sessions, except, kept) end
end
redis.call('HSET', sessions, 'epoch', epoch)
keep(live(redis.call('HGET', sessions, except)) and idle or tombstone)`,
  "allow",
);

export async function endAllSessions(
  client: RedisClient,
  slot: SessionSlot,
  { epoch, exceptId = "" }: { readonly epoch: string; readonly exceptId: string | undefined },
  lifetime: Lifetime,
): Promise<void> {
  await runScript(client, endAll, slot, ...commonArguments(lifetime), epoch, exceptId);
}
