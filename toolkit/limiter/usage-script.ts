/**
 * What a subject has used, in Redis: one value under one key for all policies of a limiter, so that they are decided on
 * together.
 *
 * The value begins with when it ends, until when the subject is blocked, and the number of policies; then for each its name and
 * three numbers; then the ids of the last charges, so that one that is sent again isn't charged again. What another release
 * counts is kept. All times are Redis', in whole microseconds: exact in Lua's numbers until the year 2255.
 */
import type { LimiterSlot } from "../redis/keys";
import { rememberedRequests, requestIdLength } from "../redis/request-id";
import { type Script, script } from "../redis/scripts";

/** So long at least somebody may send a charge again. */
const repeatableUs = 10_000_000;

/** ARGV: now ('' for Redis' own), an id, and what else the script wants. */
const luaState = `local call, floor, ceil, max, min = redis.call, math.floor, math.ceil, math.max, math.min
local now, id = tonumber(ARGV[1]), ARGV[2]
if not now then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
end
local value = call('GET', KEYS[1])
local ends, blocked, ids = 0, 0, ''
local first, second, third = {}, {}, {}
if value then
  local count, at, name, a, b, c
  ends, blocked, count, at = struct.unpack('>ddB', value)
  for _ = 1, count do
    name, a, b, c, at = struct.unpack('>Bc0ddd', value, at)
    first[name], second[name], third[name] = a, b, c
  end
  ids = value:sub(at)
end

local function save(lifeUs)
  ends = max(ends, now + max(lifeUs, ${repeatableUs}))
  local counts, text = 0, ''
  for name, a in pairs(first) do
    text, counts = text .. struct.pack('>Bc0ddd', #name, name, a, second[name], third[name]), counts + 1
  end
  if #ids >= ${rememberedRequests * requestIdLength} then ids = ids:sub(${requestIdLength + 1}) end
  call('SET', KEYS[1], struct.pack('>ddB', ends, blocked, counts) .. text .. ids .. id, 'PX', ceil((ends - now) / 1000))
end
`;

/**
 * Lua: what a policy says of a cost, given what it counts. Returns whether it fits, how much is left then, when it will fit,
 * when all is back, how long that matters, a mark by which a refund knows what it is about, and the three numbers then.
 *
 * gcra counts the time until which all is used (Generic Cell Rate Algorithm, ITU-T I.371); fixed the window's begin and its
 * use; sliding the window's number, the use of the one before, weighed by what of it is less than a window ago, and its own.
 * What a penalty adds beyond the limit is bounded by about a window.
 */
const luaJudge = `local function judge(algorithm, a, b, c, cost, limit, window, burst)
  if algorithm == 'gcra' then
    local each = ceil(window / limit)
    local most, used = burst * each, max((a or 0) - now, 0)
    local after = used + cost * each
    if after <= most then return true, floor((most - after) / each), 0, after, after, now + after, now + after, 0, 0 end
    local owed = min(after, most + window)
    return false, max(floor((most - used) / each), 0), after - most, used, owed, now + owed, now + owed, 0, 0
  end
  if algorithm == 'fixed' then
    if not a or now >= a + window then a, b = now, 0 end
    local left, after = a + window - now, b + cost
    local fits = after <= limit
    return fits, max(limit - (fits and after or b), 0), fits and 0 or left, left, left, a, a, after, 0
  end
  local number, before, used = floor(now / window), 0, 0
  if a and a >= number then number, before, used = a, b, c elseif a == number - 1 then before = c end
  local left = (number + 1) * window - now
  local weighed, after = before * left / window, used + cost
  local fits, wait = weighed + after <= limit, 0
  if not fits and after <= limit then wait = left - floor((limit - after) * window / before)
  elseif not fits then wait = left + window - floor((limit - cost) * window / used) end
  local rest = max(floor(limit - weighed - (fits and after or used)), 0)
  return fits, rest, wait, left + window, left + window, number, number, before, min(after, 2 * limit)
end
`;

/**
 * ARGV …: `consume`, `peek` (changes nothing) or `penalize` (charges also what doesn't fit), the cost, and of each policy its
 * name, algorithm, limit, window in µs, and burst.
 *
 * Returns { 1 if allowed, µs that the subject is still blocked, and of each policy: 1 if it fits, what is left, µs until it
 * fits, µs until all is back, mark }. Nothing is charged unless all fit. A charge whose id is remembered was made already, and
 * has the mark 0: it can't be refunded any more.
 */
export const useScript: Script<LimiterSlot> = script(
  ({ usage }) => [usage],
  `${luaState}${luaJudge}
local kind, cost = ARGV[3], tonumber(ARGV[4])
local repeated = ids:find(id, 1, true)
if repeated then cost = 0 end
local stillBlocked = max(blocked - now, 0)
local allowed, life, answer = stillBlocked == 0, 0, { 1, stillBlocked }
local a, b, c = {}, {}, {}
for at = 5, #ARGV, 5 do
  local name, limit, window, burst = ARGV[at], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local fits, left, wait, reset, lives, mark
  fits, left, wait, reset, lives, mark, a[name], b[name], c[name] =
    judge(ARGV[at + 1], first[name], second[name], third[name], cost, limit, window, burst)
  if not fits then allowed = false end
  if lives > life then life = lives end
  -- Of a charge that was made before it isn't known which it was: others came since.
  if repeated then mark = 0 end
  answer[at - 2], answer[at - 1], answer[at], answer[at + 1], answer[at + 2] = fits and 1 or 0, left, wait, reset, mark
end
if repeated then return answer end
if kind == 'penalize' or kind == 'consume' and allowed then
  for name in pairs(a) do first[name], second[name], third[name] = a[name], b[name], c[name] end
  save(life)
end
if allowed then return answer end
answer[1] = 0
for at = 5, #ARGV, 5 do
  local name, limit, window, burst = ARGV[at], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local _, left, _, reset = judge(ARGV[at + 1], first[name], second[name], third[name], 0, limit, window, burst)
  answer[at - 1], answer[at + 1] = left, reset
end
return answer`,
);

/**
 * ARGV …: the cost, and of each policy its name, algorithm, limit, window in µs, and the charge's mark. Gives back what of
 * the charge still counts: the same window, or what of it gcra hasn't let pass by itself.
 */
export const refundScript: Script<LimiterSlot> = script(
  ({ usage }) => [usage],
  `${luaState}
local cost = tonumber(ARGV[3])
if ids:find(id, 1, true) or not value then return 0 end
for at = 4, #ARGV, 5 do
  local name, algorithm, mark = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 4])
  local a = first[name]
  if a and algorithm == 'gcra' then
    local each = ceil(tonumber(ARGV[at + 3]) / tonumber(ARGV[at + 2]))
    first[name] = a - min(cost * each, max(mark - now, 0))
  elseif a == mark and algorithm == 'fixed' then second[name] = max(second[name] - cost, 0)
  elseif a == mark and algorithm == 'sliding' then third[name] = max(third[name] - cost, 0)
  elseif a == mark + 1 and algorithm == 'sliding' then second[name] = max(second[name] - cost, 0) end
end
save(0)
return 1`,
);

/** ARGV …: for how many µs. */
export const blockScript: Script<LimiterSlot> = script(
  ({ usage }) => [usage],
  `${luaState}
local forUs = tonumber(ARGV[3])
blocked = now + forUs
save(forUs)
return 1`,
);
