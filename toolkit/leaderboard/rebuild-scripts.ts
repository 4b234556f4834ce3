/**
 * The steps of a rebuild: begin, fill and seed as often as it takes, finish. A key says which window is being rebuilt, by whom, and
 * how many steps were made: `building <rebuild> <window> <steps>`, or at the end `done <rebuild>`. A step that finds another
 * rebuild there has been superseded; one that finds other steps than its own before it has lost some in a failover. It returns 0.
 */
import type { RedisClient } from "../redis/connect";
import { runScript, type Script } from "../redis/scripts";
import { type BoardKeys, type BoardMoment, boardScript, windowArguments } from "./board-script";

/** What a rebuild keeps, and its end, are remembered for so long after its last step. */
const rebuildMs = 600_000;

const keys = ({ slot, windows }: BoardKeys) => [
  slot.rebuild,
  slot.meanwhile,
  slot.aside,
  ...windows.map(({ name }) => slot.window(name)),
];

/** KEYS rebuild, meanwhile, aside, window, ids … · ARGV now, at, rebuild, the step's number, six of the window, …. */
function stepScript<Keys>(of: (step: Keys) => readonly string[], lua: string): Script<Keys> {
  return boardScript(
    of,
    `local window = windowFrom(KEYS[4], 5)
local state = call('GET', KEYS[1])
local function after(steps) return string.format('building %s %s %.0f', ARGV[3], window.name, steps) end
local before, made = after(ARGV[4] - 1), after(ARGV[4])
local function stay()
  for i = 1, 3 do call('PEXPIRE', KEYS[i], ${rebuildMs}) end
end
local function advance()
  call('SET', KEYS[1], made)
  stay()
  return { 'done', 1 }
end
${lua}`,
  );
}

/** From now on what is added to the window is noted. Returns the time that decided the window; and 0 for one that isn't kept any more. */
const beginScript = stepScript(
  keys,
  `if isMoved(window) then return moved() end
if window.life <= 0 then return { 'done', 0 } end
if state ~= made then call('UNLINK', KEYS[2], KEYS[3]) end
advance()
return { 'done', 1, string.format('%.0f', at) }`,
);

/** ARGV …, score, member, score, member …. Returns `twice` and a member that an earlier step has filled in already. */
const fillScript = stepScript(
  keys,
  `if state == made then return { 'done', 1 } end
if state ~= before then return { 'done', 0 } end
local members = {}
for i = 12, #ARGV, 2 do members[#members + 1] = ARGV[i] end
for i, score in ipairs(call('ZMSCORE', KEYS[3], unpack(members))) do
  if score then return { 'twice', members[i] } end
end
call('ZADD', KEYS[3], unpack(ARGV, 11))
return advance()`,
);

interface SeedKeys extends BoardKeys {
  readonly ids: readonly string[];
}

/** ARGV …, for how long the ids are known. What has one of them is in the window: it isn't added when it comes, nor at the end. */
const seedScript = stepScript(
  ({ ids, ...board }: SeedKeys) => [...keys(board), ...ids.map((id) => board.slot.added(id))],
  `if state == made then return { 'done', 1 } end
if state ~= before then return { 'done', 0 } end
for i = 5, #KEYS do
  local known = call('GET', KEYS[i])
  local seeded = string.match(known or '', '^seeded(.*)$')
  if seeded and not (seeded .. ' '):find(' ' .. window.name .. ' ', 1, true) or not known then
    call('SET', KEYS[i], (known or 'seeded') .. ' ' .. window.name, 'PX', ARGV[11])
  end
  call('HDEL', KEYS[2], KEYS[i])
end
return advance()`,
);

/** Adds what was noted, some at a time (returns 2 while there is more), then puts the window in its place at once. */
const finishScript = stepScript(
  keys,
  `if state == 'done ' .. ARGV[3] then return { 'done', 1 } end
if state ~= before then return { 'done', 0 } end
local noted = call('HRANDFIELD', KEYS[2], 200, 'WITHVALUES')
for i = 1, #noted, 2 do
  local time, changes = unpack(cmsgpack.unpack(noted[i + 1]))
  local scores, refusal = changed(window, KEYS[3], time, changes)
  if not scores then return refusal end
  call('ZADD', KEYS[3], unpack(scores))
  call('HDEL', KEYS[2], noted[i])
end
if call('EXISTS', KEYS[2]) == 1 then
  stay()
  return { 'done', 2 }
end
call('UNLINK', KEYS[4]) -- or RENAME would hold Redis up while it frees a large one
if call('EXISTS', KEYS[3]) == 1 then
  call('RENAME', KEYS[3], KEYS[4])
  call('PEXPIRE', KEYS[4], math.max(window.life, 1))
end
call('SET', KEYS[1], 'done ' .. ARGV[3], 'PX', ${rebuildMs})
return { 'done', 1 }`,
);

/** Which rebuild, and how many steps it has made. */
export interface Step {
  readonly rebuild: string;
  readonly number: number;
}

export function begin(client: RedisClient, of: BoardKeys, moment: BoardMoment, step: Step): Promise<unknown> {
  return runScript(client, beginScript, of, ...stepArguments(of, moment, step));
}

export function fill(
  client: RedisClient,
  of: BoardKeys,
  moment: BoardMoment,
  step: Step,
  scores: readonly (string | number)[],
): Promise<unknown> {
  return runScript(client, fillScript, of, ...stepArguments(of, moment, step), ...scores);
}

export function seed(
  client: RedisClient,
  of: BoardKeys,
  moment: BoardMoment,
  step: Step,
  { ids, idempotencyMs }: { readonly ids: readonly string[]; readonly idempotencyMs: number },
): Promise<unknown> {
  return runScript(client, seedScript, { ...of, ids }, ...stepArguments(of, moment, step), idempotencyMs);
}

export function finish(client: RedisClient, of: BoardKeys, moment: BoardMoment, step: Step): Promise<unknown> {
  return runScript(client, finishScript, of, ...stepArguments(of, moment, step));
}

function stepArguments({ windows }: BoardKeys, { nowMs, atMs }: BoardMoment, { rebuild, number }: Step) {
  return [nowMs, atMs, rebuild, number, ...windows.flatMap(windowArguments)];
}
