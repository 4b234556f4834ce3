/** Reads and changes a session that is there. None of this makes one. */
import type { RedisClient } from "../redis/connect";
import type { SessionSlot } from "../redis/keys";
import { runScript } from "../redis/scripts";
import type { Lifetime } from "./session";
import { rememberedRequests, requestIdLength } from "../redis/request-id";
import { commonArguments, sessionScript, textOf } from "./session-script";

/**
 * KEYS sessions · ARGV …, id, ms after which it counts as seen anew. Returns the record or nil.
 * It writes only then, so that most reads cost the replicas nothing.
 */
const read = sessionScript(
  `local record = redis.call('HGET', sessions, ARGV[4])
local created, seen, writes, payload = live(record)
if not created then return false end
if now - seen < tonumber(ARGV[5]) then return record end
return put(ARGV[4], created, writes, string.sub(record, payload))`,
  "allow",
);

export async function readSession(
  client: RedisClient,
  slot: SessionSlot,
  id: string,
  { touchEveryMs, ...lifetime }: Lifetime & { readonly touchEveryMs: number },
): Promise<string | undefined> {
  return textOf(await runScript(client, read, slot, ...commonArguments(lifetime), id, touchEveryMs));
}

/**
 * KEYS sessions · ARGV …, id, the last write that the change was made from, the change's own id, the payload. Returns the
 * record as it is now, or nil. Who finds the own id in it has changed it; a copy that arrives late finds another last write.
 */
const write = sessionScript(`local id, from, own, payload = unpack(ARGV, 4)
local record = redis.call('HGET', sessions, id)
local created, seen, writes = live(record)
if not created then return false end
if string.sub(writes, -${requestIdLength}) ~= from then return record end
return put(id, created, string.sub(writes .. own, -${rememberedRequests * requestIdLength}), payload)`);

export interface Change {
  readonly fromWrite: string;
  readonly ownWrite: string;
  readonly payload: string;
}

export async function writeSession(
  client: RedisClient,
  slot: SessionSlot,
  id: string,
  { fromWrite, ownWrite, payload }: Change,
  lifetime: Lifetime,
): Promise<string | undefined> {
  return textOf(await runScript(client, write, slot, ...commonArguments(lifetime), id, fromWrite, ownWrite, payload));
}

/** KEYS sessions · ARGV …. Returns id, record, id, record …. */
const list = sessionScript(
  `local answer = {}
local all = redis.call('HGETALL', sessions)
for at = 1, #all, 2 do
  if live(all[at + 1]) then
    answer[#answer + 1] = all[at]
    answer[#answer + 1] = all[at + 1]
  end
end
return answer`,
  "allow",
);

export async function listSessions(
  client: RedisClient,
  slot: SessionSlot,
  lifetime: Lifetime,
): Promise<ReadonlyMap<string, string>> {
  const reply = await runScript(client, list, slot, ...commonArguments(lifetime));
  const texts = Array.isArray(reply) ? reply.map(String) : [];
  return new Map(texts.flatMap((id, at) => (at % 2 === 0 ? [[id, texts[at + 1] ?? ""]] : [])));
}
