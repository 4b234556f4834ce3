import { limitMetrics, metricNamespace } from "#contract/metrics";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { LimiterEvent } from "@larder/toolkit";

/** Counts what the limiters decide, and publishes it as a log line in Embedded Metric Format for each that was used. */
export class LimitMetrics {
  readonly #metrics = new Metrics({ namespace: metricNamespace });
  readonly #limiters = new Map<string, Map<string, number>>();

  count(event: LimiterEvent): void {
    const metric = metricOf(event);
    if (metric === undefined) return;
    const counts = this.#limiters.get(event.limiter) ?? new Map<string, number>();
    counts.set(metric, (counts.get(metric) ?? 0) + 1);
    this.#limiters.set(event.limiter, counts);
  }

  /** Writes nothing where nothing was counted. */
  publish(): void {
    for (const [limiter, counts] of this.#limiters) {
      this.#metrics.addDimension("limiter", limiter);
      for (const [metric, count] of counts) this.#metrics.addMetric(metric, MetricUnit.Count, count);
      this.#metrics.publishStoredMetrics();
    }
    this.#limiters.clear();
  }
}

/** What was allowed as usual isn't counted: the gateway counts requests. */
function metricOf(event: LimiterEvent): string | undefined {
  if (event.type === "unavailable") return undefined; // the decision says that it is degraded
  if (event.degraded) return event.allowed ? limitMetrics.allowedUncounted : limitMetrics.deniedUncounted;
  return event.allowed ? undefined : limitMetrics.denied;
}
