/** Functions: calls, time, traces, logs and the metrics they publish; and the schedules that call some of them. */
import * as z from "zod/mini";
import { type Resource, resourcesOfType } from "../aws/template";
import { type CostLine, type CostRule, type Costing, propertiesOf, secondsPerMonth } from "./cost-line";
import { logLines } from "./log-costs";
import { referredResource } from "./referred";
import { trafficFileName } from "./traffic";

const LambdaFunction = z.object({
  Architectures: z._default(z.array(z.string()), ["x86_64"]),
  MemorySize: z._default(z.coerce.number(), 128),
  Environment: z._default(z.object({ Variables: z._default(z.record(z.string(), z.unknown()), {}) }), {
    Variables: {},
  }),
  TracingConfig: z._default(z.object({ Mode: z.string() }), { Mode: "PassThrough" }),
  LoggingConfig: z._default(z.object({ LogGroup: z.optional(z.unknown()) }), {}),
});

const Schedule = z.object({ ScheduleExpression: z.string(), Target: z.object({ Arn: z.unknown() }) });

const lambdaFunction: CostRule = (resource, costing) => {
  const { Environment, ...settings } = propertiesOf(LambdaFunction, resource);
  const { Variables: variables } = Environment;
  const name = variables.POWERTOOLS_SERVICE_NAME;
  if (typeof name !== "string") return []; // CDK's own helpers, which run in deploys only
  const assumed = costing.traffic.functions[name];
  if (assumed === undefined)
    return costing.leaveOut(`function ${name}: no traffic is assumed for it, add it to ${trafficFileName}`);

  const scheduled = scheduledCalls(resource, costing);
  const calls = assumed.callsPerRequest * costing.ofStage.requests + scheduled;
  const runSeconds = scheduled > 0 ? Number(variables.WORKER_RUN_SECONDS ?? 0) : 0;
  const seconds = calls * (runSeconds + assumed.ms / 1_000);
  const [architecture = ""] = settings.Architectures;
  const lines: CostLine[] = [
    costing.line("functions", `${name}: calls`, calls, "lambda request"),
    costing.line(
      "functions",
      `${name}: ${settings.MemorySize} MB`,
      (seconds * settings.MemorySize) / 1_024,
      `lambda ${architecture}`,
    ),
    ...logLines(costing, name, calls * costing.traffic.callLogBytes, {
      group: referredResource(settings.LoggingConfig.LogGroup, resource),
    }),
  ];
  if (settings.TracingConfig.Mode === "Active")
    lines.push(costing.line("watching", `${name}: traces`, tracesOf(calls), "x-ray trace"));
  if ("POWERTOOLS_METRICS_NAMESPACE" in variables)
    lines.push(
      costing.line(
        "watching",
        `${name}: metrics, while it is used`,
        assumed.customMetrics * (scheduled > 0 ? 1 : costing.ofStage.hoursInUse),
        "custom metric",
      ),
    );
  return lines;
};

/** The first call of each second and a twentieth of the others, the calls coming as chance has it. */
export function tracesOf(calls: number): number {
  const first = secondsPerMonth * (1 - Math.exp(-calls / secondsPerMonth));
  return first + (calls - first) / 20;
}

function scheduledCalls(called: Resource, costing: Costing): number {
  const calls = resourcesOfType(costing.assembly, "AWS::Scheduler::Schedule")
    .filter((schedule) => referredResource(propertiesOf(Schedule, schedule).Target.Arn, schedule) === called)
    .map((schedule) => callsPerMonth(propertiesOf(Schedule, schedule).ScheduleExpression) ?? 0);
  return calls.reduce((sum, each) => sum + each, 0);
}

const unitSeconds: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

/** Of `rate(5 minutes)`. */
function callsPerMonth(expression: string): number | undefined {
  const [, value = "", unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const seconds = Number(value) * (unitSeconds[unit] ?? Number.NaN);
  return seconds > 0 ? secondsPerMonth / seconds : undefined;
}

const schedule: CostRule = (resource, costing) => {
  const { ScheduleExpression } = propertiesOf(Schedule, resource);
  const calls = callsPerMonth(ScheduleExpression);
  if (calls === undefined)
    return costing.leaveOut(`schedule ${resource.logicalId}, and what it calls at ${ScheduleExpression}`);
  return [costing.line("functions", `${resource.logicalId}: calls`, calls, "schedule call")];
};

export const functionRules: Readonly<Record<string, CostRule>> = {
  "AWS::Lambda::Function": lambdaFunction,
  "AWS::Scheduler::Schedule": schedule,
};
