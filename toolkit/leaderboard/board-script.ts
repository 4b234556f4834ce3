/** What the scripts on a board have in common. */
import type { BoardSlot } from "../redis/keys";
import { type Script, script } from "../redis/scripts";
import type { WindowSpan } from "./board-window";

/** A window as it is now. */
export interface KeptWindow extends WindowSpan {
  readonly keepMs: number;
}

/** When a script runs, and what it is about. */
export interface BoardMoment {
  /** '' for Redis' own time. */
  readonly nowMs: number | "";
  /** '' for now. */
  readonly atMs: number | "";
}

/** A board's keys that one run of a script takes. */
export interface BoardKeys {
  readonly slot: BoardSlot;
  readonly windows: readonly KeptWindow[];
}

/**
 * Whoever asks for "now" doesn't know Redis' clock, but must name the keys: a script whose windows don't hold the time answers
 * `moved` and that time, and is asked anew. All times are whole milliseconds.
 */
const common = `local call, floor = redis.call, math.floor
local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + floor(time[2] / 1000)
end
local at = tonumber(ARGV[2]) or now

-- A window from six arguments. Its life is how long it stays; not above 0, it isn't kept any more.
local function windowFrom(key, arg)
  local ends = tonumber(ARGV[arg + 2])
  return { key = key, name = ARGV[arg], from = tonumber(ARGV[arg + 1]), ends = ends, unit = tonumber(ARGV[arg + 3]),
    units = tonumber(ARGV[arg + 4]), life = math.min(now, ends) + tonumber(ARGV[arg + 5]) - now }
end

local function isMoved(window) return at < window.from or at >= window.ends end
local function moved() return { 'moved', string.format('%.0f', at) } end

-- What ZADD takes after changes { member, by, ... } of one time; or nil, and why not. Writes nothing.
local function changed(window, key, time, changes)
  local members, scores = {}, {}
  for i = 1, #changes, 2 do members[#members + 1] = changes[i] end
  for i, score in ipairs(call('ZMSCORE', key, unpack(members))) do
    local count, last = 0, 0
    if score then
      score = tonumber(score)
      if score ~= floor(score) or math.abs(score) >= 2^53 then return nil, { 'strange', key, members[i] } end
      count = -floor(score / window.units)
      last = score + count * window.units
    end
    count = count + tonumber(changes[2 * i])
    if math.abs(count) > 2^53 / window.units - 1 then
      return nil, { 'full', window.name, members[i], string.format('%.0f', count) }
    end
    last = math.max(last, floor((time - window.from) / window.unit))
    scores[2 * i - 1], scores[2 * i] = string.format('%.0f', last - count * window.units), members[i]
  end
  return scores
end

-- The best place shown, the member's own (both from 0), and who is there with which score; empty without the member.
local function standing(key, member, neighbours)
  local place = call('ZRANK', key, member)
  if not place then return {} end
  local best = math.max(place - neighbours, 0)
  return { best, place, call('ZRANGE', key, best, place + neighbours, 'WITHSCORES') }
end
`;

/**
 * ARGV begin with now and the time it is about, '' for Redis' own and for now. A script returns `done` and more, `moved` and
 * a time, `strange`, a key and a member, `full`, a window, a member and what it would have, or `twice` and a member.
 *
 * The first line lets a primary that was demoted refuse it.
 *
 * @param whenFull whether it may run when Redis' memory is full
 */
export function boardScript<Keys>(
  keys: (of: Keys) => readonly string[],
  lua: string,
  whenFull: "allow" | "refuse" = "refuse",
): Script<Keys> {
  const flags = whenFull === "allow" ? " flags=allow-oom" : "";
  return script(keys, `#!lua${flags}\n${common}${lua}`);
}

/** Arguments of `windowFrom`. */
export function windowArguments({ name, fromMs, untilMs, unitMs, units, keepMs }: KeptWindow) {
  return [name, fromMs, untilMs, unitMs, units, keepMs];
}
