/**
 * What happened in a run: each process writes its part into a file of its own, line by line, so that nothing is lost when it is
 * killed. Times are those of `monotonicMs`.
 */
import type { RefreshOutcome } from "@larder/toolkit";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** `numbers` are changed all the time, and grow with each change; `steady` values are never changed and expire soon. */
export type CollectionName = "numbers" | "steady";

export interface ReadEvent {
  readonly type: "read";
  readonly collection: CollectionName;
  readonly id: string;
  /** Of `steady`: when it was loaded. */
  readonly value: number;
  readonly beganMs: number;
  /** One for each call, which may read several values. */
  readonly call: string;
  /** As the cache reported them for the call; none if it joined another one. */
  readonly tiers: readonly string[];
}

/** A refresh of a value that was handed on, whatever came of it. */
interface RefreshEvent {
  readonly type: "refresh";
  readonly beganMs: number;
  readonly call: string;
  readonly outcome: RefreshOutcome | "failed";
}

/** A change of the source and its invalidation, or a `put`, that was confirmed. */
interface ChangeEvent {
  readonly type: "change";
  readonly id: string;
  readonly value: number;
  readonly confirmedMs: number;
}

/** A load of a `steady` value that has ended. */
export interface LoadEvent {
  readonly type: "load";
  readonly id: string;
  readonly call: string;
  readonly beganMs: number;
  readonly endedMs: number;
}

/** A read that was rejected although no load ever fails here, or a change that wasn't confirmed and so promises nothing. */
interface FailureEvent {
  readonly type: "failed read" | "failed change";
  readonly error: string;
}

/** `pause`: a process, a server or the network stood still. `loss`: Redis forgot something. `deposed`: a demoted primary may still answer. */
export interface FaultEvent {
  readonly type: "pause" | "loss" | "deposed";
  readonly fromMs: number;
  readonly toMs: number;
}

/** A process ended by itself. */
interface CrashEvent {
  readonly type: "crash";
  readonly code: number | null;
}

export type HistoryEvent = ReadEvent | RefreshEvent | ChangeEvent | LoadEvent | FailureEvent | FaultEvent | CrashEvent;

export function recorder(folder: string): (event: HistoryEvent) => void {
  const file = join(folder, `${process.pid}.jsonl`);
  return (event) => appendFileSync(file, `${JSON.stringify(event)}\n`);
}

export function recorded(folder: string): HistoryEvent[] {
  return readdirSync(folder).flatMap((file) => {
    const lines = readFileSync(join(folder, file), "utf8").split("\n").slice(0, -1); // the last one may be cut short
    return lines.map((line) => JSON.parse(line) as HistoryEvent);
  });
}

/** The events of one type, typed. */
export function eventsOf<Type extends HistoryEvent["type"]>(
  history: readonly HistoryEvent[],
  ...types: readonly Type[]
): Extract<HistoryEvent, { type: Type }>[] {
  const isOne = (event: HistoryEvent): event is Extract<HistoryEvent, { type: Type }> =>
    types.some((type) => type === event.type);
  return history.filter(isOne);
}
