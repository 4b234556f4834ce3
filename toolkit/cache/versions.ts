/**
 * Versions of a collection's tags, in the slot of its log.
 *
 * A value carries the versions that it was made under and is outdated when one of them has changed. So any number of values
 * is invalidated by one write, and nothing lists what belongs to a tag.
 */
import type { RedisClient } from "../redis/connect";
import type { CollectionSlot } from "../redis/keys";
import { runScript, script } from "../redis/scripts";
import { type Change, changeText, hashOf, parseChange } from "./change";
import { luaAppend, newNonce, type Place } from "./change-log";
import type { Versions } from "./frame";

interface TagsOfSlot {
  readonly slot: CollectionSlot;
  readonly tags: readonly string[];
}

const versionTtlMs = 30 * 24 * 60 * 60_000;

/**
 * Lua: the version of a tag, a new one if it is bumped or there is none. It comes from Redis' clock in microseconds, so that
 * one that was evicted never comes back.
 */
const luaVersion = `local function version(key, bump)
  local last = tonumber(redis.call('GET', key))
  if last and not bump then return string.format('%.0f', last) end
  local time = redis.call('TIME')
  local text = string.format('%.0f', math.max((last or 0) + 1, time[1] * 1000000 + time[2]))
  redis.call('SET', key, text, 'PX', ${versionTtlMs})
  return text
end
`;

/** KEYS versions. Returns them; one that is absent equals nothing and is made. */
const fetch = script<TagsOfSlot>(
  ({ slot, tags }) => tags.map((tag) => slot.version(tag)),
  `#!lua
${luaVersion}
local versions = {}
for at, key in ipairs(KEYS) do versions[at] = version(key, false) end
return versions`,
);

export async function fetchVersions(
  client: RedisClient,
  slot: CollectionSlot,
  tags: readonly string[],
): Promise<Versions> {
  return named(tags, await runScript(client, fetch, { slot, tags }));
}

/**
 * KEYS log, versions · ARGV a place's id and nonce.
 * Returns { 1 if the place was found, changes since, versions }. Atomic, or a change could fall between the two.
 */
const capture = script<TagsOfSlot>(
  ({ slot, tags }) => [slot.log, ...tags.map((tag) => slot.version(tag))],
  `#!lua
${luaVersion}
local versions = {}
for at = 2, #KEYS do versions[at - 1] = version(KEYS[at], false) end
local since = redis.call('XRANGE', KEYS[1], ARGV[1], '+')
local place = since[1]
if not place or place[1] ~= ARGV[1] or place[2][4] ~= ARGV[2] then return { 0, {}, versions } end
local changes = {}
for at = 2, #since do changes[at - 1] = since[at][2][2] end
return { 1, changes, versions }`,
);

/** Versions of now, and what was changed since a place. */
export class Capture {
  readonly versions: Versions;
  readonly #changes: readonly (Change | undefined)[];

  constructor(versions: Versions, changes: readonly (Change | undefined)[]) {
    this.versions = versions;
    this.#changes = changes;
  }

  /**
   * The versions for a value that was read from the source after the place; `undefined` if one of its tags has been changed
   * since. Whether the value itself has, its lease tells.
   */
  versionsFor(tags: readonly string[]): Versions | undefined {
    const tagHashes = new Set(tags.map(hashOf));
    if (this.#changes.some((change) => change?.kind === "tag" && tagHashes.has(change.hash))) return undefined;
    return Object.fromEntries(tags.map((tag) => [tag, this.versions[tag] ?? Number.NaN]));
  }
}

/** `undefined` if what was changed since the place can't be told. */
export async function captureVersions(
  client: RedisClient,
  slot: CollectionSlot,
  place: Place,
  tags: readonly string[],
): Promise<Capture | undefined> {
  const reply = await runScript(client, capture, { slot, tags }, place.id, place.nonce);
  const [found, changes, versions]: readonly unknown[] = arrayOf(reply);
  if (found !== 1) return undefined;
  return new Capture(
    named(tags, versions),
    arrayOf(changes).map((text) => parseChange(String(text))),
  );
}

/** KEYS log, versions · ARGV nonce, changes. A version and its entry in the log change together. */
const bump = script<TagsOfSlot>(
  ({ slot, tags }) => [slot.log, ...tags.map((tag) => slot.version(tag))],
  `${luaVersion}${luaAppend}
for at = 2, #KEYS do
  version(KEYS[at], true)
  append(KEYS[1], ARGV[at], ARGV[1])
end
return 1`,
);

/** Outdates every value that carries one of the tags. */
export async function bumpVersions(client: RedisClient, slot: CollectionSlot, tags: readonly string[]): Promise<void> {
  const changes = tags.map((tag) => changeText({ kind: "tag", hash: hashOf(tag) }));
  await runScript(client, bump, { slot, tags }, newNonce(), ...changes);
}

function named(tags: readonly string[], versions: unknown): Versions {
  const numbers = arrayOf(versions).map(Number);
  return Object.fromEntries(tags.map((tag, at) => [tag, numbers[at] ?? Number.NaN]));
}

function arrayOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}
