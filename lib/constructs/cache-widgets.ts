import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { cacheMetrics } from "../../lambdas/contract/metrics";
import { graph } from "./graph";
import { eachFound, sumFound } from "./searched-metrics";

/** Where reads are answered from, what is loaded, and what that takes. */
export function cacheWidgets(namespace: string): cloudwatch.IWidget[] {
  const { lookups, loads } = cacheMetrics;
  const found = (metricNames: readonly string[], statistic: string) => ({
    namespace,
    dimensions: ["collection", "service"],
    metricNames,
    statistic,
  });
  const ofCollection = "${PROP('Dim.collection')} in ${PROP('Dim.service')}";

  // One search for all tiers: one that never answered isn't found, and a sum with it would not be shown at all.
  const whole = sumFound(found(Object.values(lookups), "Sum"), "lookups");
  const share = (tier: string, name: string) =>
    new cloudwatch.MathExpression({
      expression: `100 * ${tier} / whole`,
      usingMetrics: { [tier]: sumFound(found([name], "Sum"), tier), whole },
      label: tier,
      period: whole.period,
    });
  return [
    graph("Lookups by tier (percent)", {
      left: Object.entries(lookups).map(([tier, name]) => share(tier, name)),
      stacked: true,
      leftYAxis: { min: 0, max: 100 },
    }),
    graph("Answered without a load, by collection (lookups)", {
      left: [
        eachFound(found([lookups.near, lookups.redis, lookups.stale], "Sum"), `\${PROP('MetricName')} ${ofCollection}`),
      ],
    }),
    graph("Loads", {
      left: [eachFound(found([...new Set(Object.values(loads))], "Sum"), `\${PROP('MetricName')} ${ofCollection}`)],
    }),
    graph("Load time, slowest hundredth (ms)", {
      left: [eachFound(found([cacheMetrics.loadTime], "p99"), ofCollection)],
    }),
    graph("Waits for another caller's load", { left: [eachFound(found([cacheMetrics.waits], "Sum"), ofCollection)] }),
    graph("Values thrown away by a process", {
      left: [eachFound(found([cacheMetrics.evictions], "Sum"), ofCollection)],
    }),
  ];
}
