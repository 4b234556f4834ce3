/**
 * A sign-in under way. It begins before what it depends on is read (a password's hash, say), and is good for one session.
 *
 * It notes the user's epoch. "Sign out everywhere" changes the epoch, so a sign-in that had begun before it, however long its
 * process was frozen in between, makes no session any more.
 */
import { randomBytes } from "node:crypto";
import type { RedisClient } from "../redis/connect";
import type { SessionSlot } from "../redis/keys";
import { runScript } from "../redis/scripts";
import type { Lifetime, SessionOwner } from "./session";
import { commonArguments, sessionScript, signInMs, textOf } from "./session-script";
import { newToken } from "./session-token";

/** What `begin` gives and `create` takes. */
export class SignIn {
  /** Private, so that no log shows it. */
  readonly #token: string;

  constructor(
    readonly owner: SessionOwner,
    readonly epoch: string,
    readonly begunAtMs: number,
  ) {
    this.#token = newToken(owner.slot);
  }

  /** Of the session that it may make: a create that is sent again makes the same one. */
  get token(): string {
    return this.#token;
  }
}

/** @throws TypeError for a copy, which has no token */
export function checkSignIn(signIn: unknown): asserts signIn is SignIn {
  if (!(signIn instanceof SignIn))
    throw new TypeError(
      "create needs the sign-in that begin gave: it can't be copied, nor go through JSON, so begin anew",
    );
}

/** Of one user. */
const mostSessions = 20;

export function newEpoch(): string {
  return randomBytes(9).toString("base64url");
}

/** KEYS sessions · ARGV …, a new epoch, how long a sign-in may take. Returns { epoch, now }. */
const begin = sessionScript(`redis.call('HSETNX', sessions, 'epoch', ARGV[4])
keep(tonumber(ARGV[5]))
return { redis.call('HGET', sessions, 'epoch'), string.format('%.0f', now) }`);

export async function beginSignIn(
  client: RedisClient,
  slot: SessionSlot,
  owner: SessionOwner,
  lifetime: Lifetime,
): Promise<SignIn> {
  const common = commonArguments(lifetime);
  const reply = await runScript(client, begin, slot, ...common, newEpoch(), signInMs(lifetime));
  const [epoch = "", now] = Array.isArray(reply) ? reply.map(String) : [];
  return new SignIn(owner, epoch, Number(now));
}

/**
 * KEYS sessions · ARGV …, id, epoch, when the sign-in began, how long it may take, the id that is replaced ('' for none),
 * the payload. Returns the record, or nil for a sign-in that is good no more.
 *
 * A copy that arrives late finds what the first one made, or its tombstone; when that is gone, it is too old itself.
 */
const create = sessionScript(`local id, epoch, began, may, replaced, payload = unpack(ARGV, 4)
local present = redis.call('HGET', sessions, id)
if present then return live(present) and present or false end
if redis.call('HGET', sessions, 'epoch') ~= epoch or now - began >= tonumber(may) then return false end

if replaced ~= '' then bury(replaced) end
local others = {}
local all = redis.call('HGETALL', sessions)
for at = 1, #all, 2 do
  local other, record = all[at], all[at + 1]
  local created = live(record)
  local gone = string.match(record, '^gone (%d+)$')
  if created then
    others[#others + 1] = { other, tonumber(created) }
  elseif other ~= 'epoch' and not (gone and now - gone < tombstone) then
    redis.call('HDEL', sessions, other)
  end
end
table.sort(others, function(one, another) return one[2] < another[2] end)
for at = 1, #others - ${mostSessions - 1} do bury(others[at][1]) end
return put(id, now, '', payload)`);

export interface Creation {
  readonly id: string;
  /** The id of a session of the same user that ends with this one's beginning. */
  readonly replacedId: string | undefined;
  readonly payload: string;
}

export async function createSession(
  client: RedisClient,
  slot: SessionSlot,
  { epoch, begunAtMs }: SignIn,
  { id, replacedId = "", payload }: Creation,
  lifetime: Lifetime,
): Promise<string | undefined> {
  const common = commonArguments(lifetime);
  const args = [id, epoch, begunAtMs, signInMs(lifetime), replacedId, payload];
  return textOf(await runScript(client, create, slot, ...common, ...args));
}
