/** Lua scripts that change several keys of one slot at once. */
import { createHash } from "node:crypto";
import type { RedisClient } from "./connect";

/**
 * A script and the keys it takes from a slot. All its keys come from one object that stands for one hash tag, so keys of
 * two slots can't meet in a script.
 */
export interface Script<Slot> {
  readonly lua: string;
  readonly sha1: string;
  readonly keys: (slot: Slot) => readonly string[];
}

export function script<Slot>(keys: (slot: Slot) => readonly string[], lua: string): Script<Slot> {
  return { lua, keys, sha1: createHash("sha1").update(lua).digest("hex") };
}

/** Runs a script by its hash, and sends its text where the server doesn't know it yet. Strings come back as buffers. */
export async function runScript<Slot>(
  client: RedisClient,
  { sha1, lua, keys }: Script<Slot>,
  slot: Slot,
  ...args: readonly (string | number | Buffer)[]
): Promise<unknown> {
  const names = keys(slot);
  try {
    return await client.callBuffer("EVALSHA", sha1, names.length, ...names, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return client.callBuffer("EVAL", lua, names.length, ...names, ...args);
  }
}
