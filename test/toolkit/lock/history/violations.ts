/** What in a history contradicts what locks promise. */
import type { LeaseId } from "@larder/toolkit";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AcceptedWrite } from "../guarded-row";

/** A process had looked at its signal, and it hadn't aborted: then, or later. */
export interface Belief extends LeaseId {
  readonly name: string;
  readonly atUs: number;
}

export function beliefs(folder: string): Belief[] {
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .slice(0, -1) // the last line may be cut short
      .map((line) => JSON.parse(line) as Belief),
  );
}

/** Writes by a token older than that of the write before, or by another holder of the same token. */
export function outOfOrder(writes: readonly AcceptedWrite[]): AcceptedWrite[] {
  return [...Map.groupBy(writes, ({ name }) => name).values()].flatMap((row) =>
    row.filter(({ token, holder }, at) => {
      const before = row[at - 1];
      return before !== undefined && (token < before.token || (token === before.token && holder !== before.holder));
    }),
  );
}

/** Beliefs that were wrong: the next token had been minted by then. Tokens are Redis' time, and its clock is this machine's. */
export function wrongBeliefs(all: readonly Belief[]): Belief[] {
  return [...Map.groupBy(all, ({ name }) => name).values()].flatMap((ofLock) => {
    const tokens = [...new Set(ofLock.map(({ token }) => token))].sort((one, other) => one - other);
    const next = new Map(tokens.map((token, at) => [token, tokens[at + 1] ?? Number.POSITIVE_INFINITY]));
    return ofLock.filter(({ token, atUs }) => next.get(token)! <= atUs);
  });
}
