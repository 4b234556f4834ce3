import type * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { limitMetrics, lockMetrics, queueMetrics, unavailableMetrics } from "../../lambdas/contract/metrics";
import { graph } from "./graph";
import { eachFound } from "./searched-metrics";

/** Who is held back, what is waited for, how the queues are, and whether Redis answered. */
export function coordinationWidgets(namespace: string): cloudwatch.IWidget[] {
  /** A line for each metric that has the dimension. */
  const each = (dimension: string, metricNames: readonly string[], statistic = "Sum") =>
    eachFound(
      { namespace, dimensions: [dimension, "service"], metricNames, statistic },
      `\${PROP('MetricName')} \${PROP('Dim.${dimension}')} in \${PROP('Dim.service')}`,
    );
  const { notAcquired, lost, wait } = lockMetrics;
  const { waiting, oldestAge, deadLetters, done, failed, unsettled, lapsed, dead, refused } = queueMetrics;
  return [
    graph("Requests denied by limits, or decided without Redis", {
      left: [each("limiter", Object.values(limitMetrics))],
    }),
    graph("Waits for locks, slowest hundredth (ms)", { left: [each("lock", [wait], "p99")] }),
    graph("Locks not given, or lost", { left: [each("lock", [...Object.values(notAcquired), lost])] }),
    graph("Age of the oldest job (ms)", { left: [each("queue", [oldestAge], "Maximum")] }),
    graph("Jobs waiting, and dead letters", { left: [each("queue", [waiting, deadLetters], "Maximum")] }),
    graph("Jobs done, failed, dead", { left: [each("queue", [done, failed, unsettled, lapsed, dead, refused])] }),
    graph("Commands to which Redis gave no answer", {
      width: 24,
      left: ["collection", "limiter", "lock", "queue", "board"].map((dimension) =>
        each(dimension, Object.values(unavailableMetrics)),
      ),
    }),
  ];
}
