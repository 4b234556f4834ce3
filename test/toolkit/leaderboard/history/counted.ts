/** What a run has told of itself, and whether Redis holds just that. */
import { type BoardEntry, guardOf, Leaderboard, type RedisClient } from "@larder/toolkit";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { boardSlot } from "../../../../toolkit/redis/keys";
import { ranking } from "../oracle";
import { boardName, orderOf, windows } from "./worker-settings";

export interface Told {
  readonly sent: ReadonlySet<number>;
  /** As often as it was told. */
  readonly added: readonly number[];
}

export function toldIn(folder: string): Told {
  const lines = readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .slice(0, -1) // the last line may be cut short
      .map((line) => JSON.parse(line) as { sent?: number; added?: number }),
  );
  return { sent: new Set(lines.flatMap(({ sent }) => sent ?? [])), added: lines.flatMap(({ added }) => added ?? []) };
}

export function boardOn(redis: RedisClient): Leaderboard {
  return new Leaderboard({ redis, name: boardName, windows, deadlineMs: 5_000 });
}

/** Those whose ids Redis knows. */
export async function knownTo(redis: RedisClient, numbers: Iterable<number>, nowMs: number): Promise<Set<number>> {
  const known = new Set<number>();
  for (const number of numbers) {
    const key = boardSlot(boardName).added(orderOf(number, nowMs).id);
    if ((await guardOf(redis).run("exists", 5_000, (client) => client.exists(key), key)) === 1) known.add(number);
  }
  return known;
}

/** Each window that isn't what these orders come to, each once; none if all is well. */
export async function wrongWindows(redis: RedisClient, numbers: Iterable<number>, nowMs: number) {
  const log = [...numbers].map((number) => orderOf(number, nowMs));
  const wrong: { window: string; atMs: number; is: readonly BoardEntry[]; shouldBe: readonly BoardEntry[] }[] = [];
  for (const window of windows)
    for (const atMs of new Set(log.map((order) => order.atMs))) {
      const is = await boardOn(redis).top(100, { window, atMs });
      const shouldBe = ranking(log, window, atMs);
      if (JSON.stringify(is) !== JSON.stringify(shouldBe)) wrong.push({ window, atMs, is, shouldBe });
    }
  return wrong;
}
