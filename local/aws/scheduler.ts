/**
 * Plays EventBridge Scheduler: calls each function at the rate of its schedule, the first time after a period, whatever became
 * of the call before. A call that the function has no room for is dropped, as Lambda drops it when it has waited too long.
 */
import { randomUUID } from "node:crypto";
import type { OnLog } from "./endpoints";
import type { FunctionSchedule } from "./schedules";
import { accountId } from "./resource-attributes";

export interface SchedulerOptions {
  /** Resolves when the function has answered, or failed. */
  readonly call: (functionName: string, event: string) => Promise<unknown>;
  readonly onLog: OnLog;
  /** Does something each period until what it returns is called. @default - by a timer */
  readonly every?: (periodMs: number, task: () => void) => () => void;
}

/** @returns what ends it; calls under way go on */
export function playSchedules(
  schedules: readonly FunctionSchedule[],
  { call, onLog, every = everyPeriod }: SchedulerOptions,
): () => void {
  const stops = schedules.map((schedule) => {
    const { name, functionName, periodMs, input, reservedConcurrency = Infinity } = schedule;
    let underWay = 0;
    return every(periodMs, () => {
      if (underWay >= reservedConcurrency) {
        onLog("aws", `schedule ${name} drops a call: ${underWay} before it are still under way`);
        return;
      }
      underWay += 1;
      void call(functionName, input ?? scheduledEvent())
        .catch((error: unknown) => onLog("aws", `schedule ${name} could not call ${functionName}: ${String(error)}`))
        .finally(() => (underWay -= 1));
    });
  });
  return () => stops.forEach((stop) => stop());
}

function everyPeriod(periodMs: number, task: () => void): () => void {
  const timer = setInterval(task, periodMs);
  return () => clearInterval(timer);
}

/** What Scheduler sends where a schedule says nothing of it. */
function scheduledEvent(): string {
  return JSON.stringify({
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: accountId,
    time: new Date().toISOString(),
    detail: "{}",
  });
}
