/** Alarms cost by the metrics they look at, dashboards by themselves. */
import * as z from "zod/mini";
import { type CostRule, nameOf, propertiesOf } from "./cost-line";

const Alarm = z.object({
  Period: z.optional(z.coerce.number()),
  Metrics: z.optional(
    z.array(z.object({ MetricStat: z.optional(z.object({ Period: z.optional(z.coerce.number()) })) })),
  ),
});

const alarm: CostRule = (resource, costing) => {
  const { Period, Metrics } = propertiesOf(Alarm, resource);
  const periods = Metrics?.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Period] : [])) ?? [Period];
  if (periods.length === 0) return costing.leaveOut(`${nameOf(resource)}, whose metrics are known only when it runs`);
  const isFine = periods.some((seconds = 60) => seconds < 60);
  return [costing.line("watching", "alarms", periods.length, isFine ? "alarm metric, below a minute" : "alarm metric")];
};

export const alarmRules: Readonly<Record<string, CostRule>> = {
  "AWS::CloudWatch::Alarm": alarm,
  "AWS::CloudWatch::CompositeAlarm": (_resource, costing) => [
    costing.line("watching", "composite alarms", 1, "composite alarm"),
  ],
  "AWS::CloudWatch::Dashboard": (_resource, costing) => [costing.line("watching", "dashboards", 1, "dashboard")],
};
