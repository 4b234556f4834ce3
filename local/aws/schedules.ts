/** Reads the schedules of EventBridge Scheduler from the template: those that call a function at a rate. */
import * as z from "zod/mini";
import { functionNameOf } from "./function-arn";
import type { Intrinsics } from "./intrinsics";
import { type Assembly, type Resource, resourcesOfType } from "./template";

export interface FunctionSchedule {
  readonly name: string;
  readonly functionName: string;
  readonly periodMs: number;
  /** As JSON; left out, Scheduler sends an event of its own. */
  readonly input?: string;
  /** How many calls the function takes at once, if the template says so. */
  readonly reservedConcurrency?: number;
}

export interface Schedules {
  readonly played: readonly FunctionSchedule[];
  /** What isn't, and why. */
  readonly notPlayed: readonly string[];
}

const absent = z.optional(z.undefined());

const Schedule = z.object({
  State: z._default(z.literal("ENABLED"), "ENABLED"),
  ScheduleExpression: z.string(),
  FlexibleTimeWindow: z.object({ Mode: z.literal("OFF") }),
  StartDate: absent,
  EndDate: absent,
  Target: z.object({
    Arn: z.string(),
    // Scheduler would put the time of the call and the like where such a word stands.
    Input: z.optional(z.string().check(z.regex(/^(?!.*<aws\.scheduler\.)/s))),
  }),
});

const unitsMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
/** Node's timers go no further. */
const maxPeriodMs = 2 ** 31 - 1;

export function schedulesOf(assembly: Assembly, intrinsics: Intrinsics): Schedules {
  const functions = new Map(
    resourcesOfType(assembly, "AWS::Lambda::Function").map((resource) => [
      intrinsics.text({ Ref: resource.logicalId }, resource.stack),
      resource,
    ]),
  );
  const played: FunctionSchedule[] = [];
  const notPlayed: string[] = [];
  for (const resource of resourcesOfType(assembly, "AWS::Scheduler::Schedule")) {
    const schedule = scheduleOf(resource, intrinsics, functions);
    if (typeof schedule === "string") notPlayed.push(`schedule: ${resource.logicalId} (${schedule})`);
    else played.push(schedule);
  }
  return { played, notPlayed };
}

/** The schedule, or what of it can't be played. */
function scheduleOf(
  resource: Resource,
  intrinsics: Intrinsics,
  functions: ReadonlyMap<string, Resource>,
): FunctionSchedule | string {
  const { data, error } = Schedule.safeParse(intrinsics.properties(resource));
  if (data === undefined) return error.issues.map(({ path }) => path.join(".")).join(", ");
  const { ScheduleExpression, Target } = data;
  const periodMs = periodOf(ScheduleExpression);
  if (periodMs === undefined) return ScheduleExpression;
  const functionName = functionNameOf(Target.Arn);
  const target = functionName === undefined ? undefined : functions.get(functionName);
  if (functionName === undefined || target === undefined) return "Target.Arn";
  const reserved = target.properties.ReservedConcurrentExecutions;
  return {
    name: resource.logicalId,
    functionName,
    periodMs,
    input: Target.Input,
    reservedConcurrency: typeof reserved === "number" ? reserved : undefined,
  };
}

/** Of `rate(5 minutes)`; `undefined` for other expressions, and for a rate that no timer keeps. */
function periodOf(expression: string): number | undefined {
  const [, value = "", unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const periodMs = Number(value) * (unitsMs[unit] ?? NaN);
  return periodMs > 0 && periodMs <= maxPeriodMs ? periodMs : undefined;
}
