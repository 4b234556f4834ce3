/**
 * What a subject has used, in Redis: one value under one key for all policies of a limiter, so that they are decided on
 * together.
 *
 * The value begins with when it ends, until when the subject is blocked, the number of counters and their titles; then for each
 * three numbers; then the ids of the last charges, the newest first, so that one that is sent again isn't charged again. A
 * counter's title is `<policy>/<algorithm>/<window in ms>`: of a policy that was changed the numbers mean nothing any more. What
 * another release counts is kept while it matters. All times are Redis', in whole microseconds: exact in Lua's numbers until
 * the year 2255.
 */
import type { LimiterSlot } from "../redis/keys";
import { rememberedRequests, requestIdLength } from "../redis/request-id";
import { type Script, script } from "../redis/scripts";

/** So long at least somebody may send a charge again. */
const repeatableUs = 10_000_000;

/** ARGV[1]: now ('' for Redis' own). */
const luaState = `local call, floor, ceil, max, min = redis.call, math.floor, math.ceil, math.max, math.min
local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
end
-- Of one subject; the ids begin at that byte of the value.
local value, ids, ends, blocked, titles, counts

local function isOver(title, a)
  local algorithm, window = title:match('/(%a+)/(%d+)$')
  window = window * 1000
  if algorithm == 'gcra' then return now >= a end
  if algorithm == 'fixed' then return now >= a + window end
  return floor(now / window) > a + 1
end

-- The wanted counters first, then what else still matters.
local function order(wanted)
  local old, at, ordered = {}, 0, {}
  for title in titles:gmatch('[^,]+') do
    old[title], at = { counts[at + 1], counts[at + 2], counts[at + 3] }, at + 3
    local isWanted = (',' .. wanted):find(',' .. title .. ',', 1, true)
    if not isWanted and not isOver(title, old[title][1]) then wanted = wanted .. title .. ',' end
  end
  for title in wanted:gmatch('[^,]+') do
    for _, number in ipairs(old[title] or { -math.huge, 0, 0 }) do ordered[#ordered + 1] = number end
  end
  titles, counts = wanted, ordered
end

-- Where something strange lies nothing is counted yet.
local function load(key, wanted)
  value = redis.pcall('GET', key)
  if type(value) == 'string' then
    local count
    ends, blocked, count, titles, ids = struct.unpack('>ddBHc0', value)
    counts = { struct.unpack('>' .. ('ddd'):rep(count), value, ids) }
    ids = table.remove(counts)
  else
    value, ids, ends, blocked, titles, counts = '', 1, 0, 0, '', {}
  end
  if titles ~= wanted then order(wanted) end
end

local function save(key, requests, lifeUs)
  ends = max(ends, now + max(lifeUs, ${repeatableUs}))
  local count = #counts / 3
  local text = struct.pack('>ddBHc0' .. ('ddd'):rep(count), ends, blocked, count, #titles, titles, unpack(counts))
  call('SET', key, text .. requests, 'PX', ceil((ends - now) / 1000))
end
`;

/**
 * Lua: what a policy says of a cost, given what it counts. Returns whether it fits, how much is left then, when it will fit,
 * when all is back, how long that matters, a mark by which a refund knows what it is about, and the three numbers then.
 *
 * gcra counts the time until which all is used (Generic Cell Rate Algorithm, ITU-T I.371), by how much it was ever put
 * back, so that marks can follow, and when; fixed the window's begin and its use; sliding the window's number, the use of the
 * one before, weighed by what of it is less than a window ago, and its own. What a penalty adds beyond the limit is bounded by
 * about a window. After a failover the clock may go back: nobody gets more by that, and nobody waits longer than ever.
 */
const luaJudge = `local function judge(algorithm, a, b, c, cost, limit, window, burst)
  if algorithm == 'gcra' then
    local each = ceil(window / limit)
    if now < c then a, b = a - (c - now), b + (c - now) end
    local most, used = burst * each, max(a - now, 0)
    local after = used + cost * each
    if after <= most then
      return true, floor((most - after) / each), 0, after, after, now + after + b, now + after, b, now
    end
    local owed = max(used, min(after, most + window))
    return false, max(floor((most - used) / each), 0), after - most, used, owed, 0, now + owed, b, now
  end
  if algorithm == 'fixed' then
    if now >= a + window then a, b = now, 0 end
    a = min(a, now)
    local left, after = a + window - now, b + cost
    local fits = after <= limit
    return fits, max(limit - (fits and after or b), 0), fits and 0 or left, left, left, a, a, after, 0
  end
  local number, before, used = floor(now / window), 0, 0
  if a >= number then before, used = b, c elseif a == number - 1 then before = c end
  local left = (number + 1) * window - now
  local weighed, after = before * left / window, used + cost
  local fits, wait = weighed + after <= limit, 0
  if not fits and after <= limit then wait = left - floor((limit - after) * window / before)
  elseif not fits then wait = left + window - floor((limit - cost) * window / used) end
  local rest = max(floor(limit - weighed - (fits and after or used)), 0)
  return fits, rest, wait, left + window, left + window, number, number, before, max(used, min(after, 2 * limit))
end
`;

/**
 * KEYS: of one subject in a cluster, of several else. ARGV …: `consume`, `peek` (changes nothing) or `penalize` (charges also
 * what doesn't fit), the number of policies, of each its title, algorithm, limit, window in µs and burst; then of each subject
 * an id and the cost.
 *
 * Returns for each subject a string: 1 if it is allowed, µs that it is still blocked, and of each policy: 1 if the cost fits,
 * what is left, µs until it fits, µs until all is back, mark. Nothing is charged, nor missing from what is left, unless all fit. A
 * charge whose id is remembered was made already, and has the mark 0: it can't be refunded any more, for others came since.
 */
export const useScript: Script<readonly LimiterSlot[]> = script(
  (slots) => slots.map(({ usage }) => usage),
  `${luaState}${luaJudge}
local kind, count = ARGV[2], tonumber(ARGV[3])
local wanted, algorithms, limits, windows, bursts = '', {}, {}, {}, {}
for at = 1, count do
  wanted, algorithms[at] = wanted .. ARGV[5 * at - 1] .. ',', ARGV[5 * at]
  limits[at] = tonumber(ARGV[5 * at + 1])
  windows[at], bursts[at] = tonumber(ARGV[5 * at + 2]), tonumber(ARGV[5 * at + 3])
end

local function ask(at, cost)
  local first = 3 * at - 2
  local a, b, c = counts[first], counts[first + 1], counts[first + 2]
  return judge(algorithms[at], a, b, c, cost, limits[at], windows[at], bursts[at])
end

local fits, left, wait, reset, mark, after, replies = {}, {}, {}, {}, {}, {}, {}
for subject, key in ipairs(KEYS) do
  local id, cost = ARGV[5 * count + 2 + 2 * subject], tonumber(ARGV[5 * count + 3 + 2 * subject])
  load(key, wanted)
  local repeated = value:find(id, ids, true)
  if repeated then cost = 0 end
  local stillBlocked = max(blocked - now, 0)
  local allowed, life = stillBlocked == 0, 0
  for at = 1, count do
    local lives
    fits[at], left[at], wait[at], reset[at], lives, mark[at], after[3 * at - 2], after[3 * at - 1], after[3 * at] =
      ask(at, cost)
    if not fits[at] then allowed = false end
    if lives > life then life = lives end
    if repeated then fits[at], wait[at], mark[at] = true, 0, 0 end
  end
  if repeated then
    allowed, stillBlocked = true, 0
  elseif kind == 'penalize' or kind == 'consume' and allowed then
    for number = 1, 3 * count do counts[number] = after[number] end
    save(key, id .. value:sub(ids, ids + ${(rememberedRequests - 1) * requestIdLength - 1}), life)
  end
  local reply = struct.pack('>Bd', allowed and 1 or 0, stillBlocked)
  for at = 1, count do
    local _
    if not allowed or kind == 'peek' then _, left[at], _, reset[at] = ask(at, 0) end
    reply = reply .. struct.pack('>Bdddd', fits[at] and 1 or 0, left[at], wait[at], reset[at], mark[at])
  end
  replies[subject] = reply
end
return replies`,
);

/**
 * ARGV …: the charge's id and cost, and of each policy its title, algorithm, limit, window in µs, and the charge's mark. Gives
 * back what of the charge still counts: the same window, or what of it gcra hasn't let pass by itself.
 *
 * It forgets the charge's id, so that nothing is given back twice. Of a charge that isn't remembered any more, nothing is.
 */
export const refundScript: Script<LimiterSlot> = script(
  ({ usage }) => [usage],
  `${luaState}
local cost, wanted = tonumber(ARGV[3]), ''
for at = 4, #ARGV, 5 do wanted = wanted .. ARGV[at] .. ',' end
load(KEYS[1], wanted)
local found = value:find(ARGV[2], ids, true)
if not found then return 0 end
local first = 1
for at = 4, #ARGV, 5 do
  local a, b, algorithm, mark = counts[first], counts[first + 1], ARGV[at + 1], tonumber(ARGV[at + 4])
  if algorithm == 'gcra' then
    local each = ceil(tonumber(ARGV[at + 3]) / tonumber(ARGV[at + 2]))
    local back = max(min(cost * each, mark - b - now, a - now), 0)
    counts[first], counts[first + 1] = a - back, b + back
  elseif a == mark and algorithm == 'fixed' then counts[first + 1] = max(b - cost, 0)
  elseif a == mark and algorithm == 'sliding' then counts[first + 2] = max(counts[first + 2] - cost, 0)
  elseif a == mark + 1 and algorithm == 'sliding' then counts[first + 1] = max(b - cost, 0) end
  first = first + 3
end
save(KEYS[1], value:sub(ids, found - 1) .. value:sub(found + ${requestIdLength}), 0)
return 1`,
);

/** ARGV …: for how many µs. A block that lasts longer stays. */
export const blockScript: Script<LimiterSlot> = script(
  ({ usage }) => [usage],
  `${luaState}
local forUs = tonumber(ARGV[2])
load(KEYS[1], '')
blocked = max(blocked, now + forUs)
save(KEYS[1], value:sub(ids), forUs)
return 1`,
);
