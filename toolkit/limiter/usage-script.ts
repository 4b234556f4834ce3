/**
 * What a subject has used, in Redis: one value under one key for all policies of a limiter, so that they are decided on
 * together.
 *
 * The value is a MessagePack map: `p` what each policy counts, by its name; `i` the ids of the last charges, so that one that
 * is sent again isn't charged again; `b` until when the subject is blocked; `e` when the value ends. What another release
 * counts is kept. All times are Redis', in whole microseconds: exact in Lua's numbers until the year 2255.
 */
import type { LimiterSlot } from "../redis/keys";
import { type Script, script } from "../redis/scripts";

export const idBytes = 8;
/** So many charges are remembered, at least for as long as somebody may send one again. */
const rememberedCharges = 16;
const repeatableUs = 10_000_000;

/** ARGV: now ('' for Redis' own), an id, and what else the script wants. */
const luaState = `local floor, ceil, max, min = math.floor, math.ceil, math.max, math.min
local now, id = tonumber(ARGV[1]), ARGV[2]
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local raw = redis.call('GET', KEYS[1])
local state = raw and cmsgpack.unpack(raw) or {}
local counts, ids = state.p or {}, state.i or ''

local function save(lifeUs)
  state.p = counts
  state.i = (ids .. id):sub(-${rememberedCharges * idBytes})
  state.e = max(state.e or 0, now + max(lifeUs, ${repeatableUs}))
  redis.call('SET', KEYS[1], cmsgpack.pack(state), 'PX', ceil((state.e - now) / 1000))
end
`;

/**
 * Each algorithm of a policy, given what it counts: whether a cost fits, how much is left, when it will fit, when all is
 * back, what it counts then, how long that matters, and a mark by which a refund knows what it is about.
 *
 * gcra counts the time until which all is used (Generic Cell Rate Algorithm, ITU-T I.371); fixed the window's begin and its
 * use; sliding the window's number, the use of the one before, weighed by what of it is less than a window ago, and its own.
 * What a penalty adds beyond the limit is bounded by about one window.
 */
const luaAlgorithms = `local algorithms = {}

function algorithms.gcra(count, cost, limit, window, burst)
  local each = ceil(window / limit)
  local most = burst * each
  local used = max((count and count[1] or 0) - now, 0)
  local after = used + cost * each
  if after > most then
    local owed = min(after, most + window)
    return false, max(floor((most - used) / each), 0), after - most, used, { now + owed }, owed, now + owed
  end
  return true, floor((most - after) / each), 0, after, { now + after }, after, now + after
end

function algorithms.fixed(count, cost, limit, window)
  local begin, used = now, 0
  if count and now < count[1] + window then begin, used = count[1], count[2] end
  local left, after = begin + window - now, used + cost
  local fits = after <= limit
  return fits, max(limit - (fits and after or used), 0), fits and 0 or left, left, { begin, after }, left, begin
end

function algorithms.sliding(count, cost, limit, window)
  local number, before, used = floor(now / window), 0, 0
  if count and count[1] >= number then number, before, used = count[1], count[2], count[3]
  elseif count and count[1] == number - 1 then before = count[3] end
  local left = (number + 1) * window - now
  local weighed, after = before * left / window, used + cost
  local fits, wait = weighed + after <= limit, 0
  if not fits and after <= limit then wait = left - floor((limit - after) * window / before)
  elseif not fits then wait = left + window - floor((limit - cost) * window / used) end
  local rest = max(floor(limit - weighed - (fits and after or used)), 0)
  return fits, rest, wait, left + window, { number, before, min(after, 2 * limit) }, left + window, number
end
`;

/**
 * ARGV …: `consume`, `peek` (changes nothing) or `penalize` (charges also what doesn't fit), the cost, and of each policy its
 * name, algorithm, limit, window in µs, and burst.
 *
 * Returns { 1 if allowed, µs that the subject is still blocked, and of each policy: 1 if it fits, what is left, µs until it
 * fits, µs until all is back, mark }. Nothing is charged unless all fit. A charge whose id is remembered was made already.
 */
export const useScript: Script<LimiterSlot> = script(
  ({ usage }) => [usage],
  `${luaState}${luaAlgorithms}
local kind, cost = ARGV[3], tonumber(ARGV[4])
local repeated = ids:find(id, 1, true)
local blocked = max((state.b or 0) - now, 0)
local allowed, life, after, answer = blocked == 0, 0, {}, { 1, blocked }
local function judge(at, cost)
  return algorithms[ARGV[at + 1]](
    counts[ARGV[at]], cost, tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]))
end
for at = 5, #ARGV, 5 do
  local fits, left, wait, reset, count, lives, mark = judge(at, repeated and 0 or cost)
  if not fits then allowed = false end
  after[ARGV[at]], life = count, max(life, lives)
  answer[at - 2], answer[at - 1], answer[at], answer[at + 1], answer[at + 2] = fits and 1 or 0, left, wait, reset, mark
end
if repeated then return answer end
if kind == 'penalize' or kind == 'consume' and allowed then
  for name, count in pairs(after) do counts[name] = count end
  save(life)
end
if not allowed then
  answer[1] = 0
  for at = 5, #ARGV, 5 do
    local _, left, _, reset = judge(at, 0)
    answer[at - 1], answer[at + 1] = left, reset
  end
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
if ids:find(id, 1, true) or not raw then return 0 end
for at = 4, #ARGV, 5 do
  local count, kind, mark = counts[ARGV[at]], ARGV[at + 1], tonumber(ARGV[at + 4])
  if count and kind == 'gcra' then
    local each = ceil(tonumber(ARGV[at + 3]) / tonumber(ARGV[at + 2]))
    count[1] = count[1] - min(cost * each, max(mark - now, 0))
  elseif count and kind == 'fixed' and count[1] == mark then count[2] = max(count[2] - cost, 0)
  elseif count and kind == 'sliding' and count[1] == mark then count[3] = max(count[3] - cost, 0)
  elseif count and kind == 'sliding' and count[1] == mark + 1 then count[2] = max(count[2] - cost, 0) end
end
save(0)
return 1`,
);

/** ARGV …: for how many µs. */
export const blockScript: Script<LimiterSlot> = script(
  ({ usage }) => [usage],
  `${luaState}
local forUs = tonumber(ARGV[3])
state.b = now + forUs
save(forUs)
return 1`,
);
