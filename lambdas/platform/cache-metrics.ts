import { cacheMetrics, metricNamespace } from "#contract/metrics";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { CacheEvent } from "@larder/toolkit";

/** As many values as Embedded Metric Format takes of one metric, less the one at which Powertools would publish by itself. */
const maxLoadTimes = 99;

interface Counts {
  readonly byMetric: Map<string, number>;
  readonly loadTimesMs: number[];
}

/**
 * Counts what the cache tells, and publishes it as a log line in Embedded Metric Format for each collection that was used.
 * In between an event only adds to a number: a near hit takes less than a microsecond, and so must this.
 */
export class CacheMetrics {
  readonly #metrics = new Metrics({ namespace: metricNamespace });
  readonly #collections = new Map<string, Counts>();

  count(event: CacheEvent): void {
    const { byMetric, loadTimesMs } = this.#countsOf(event.collection);
    const metric = metricOf(event);
    byMetric.set(metric, (byMetric.get(metric) ?? 0) + 1);
    if (event.type === "load" && event.outcome !== "rejected" && loadTimesMs.length < maxLoadTimes)
      loadTimesMs.push(event.ms);
  }

  /** Writes nothing where nothing was counted. */
  publish(): void {
    for (const [collection, { byMetric, loadTimesMs }] of this.#collections) {
      this.#metrics.addDimension("collection", collection);
      for (const [metric, count] of byMetric) this.#metrics.addMetric(metric, MetricUnit.Count, count);
      for (const ms of loadTimesMs) this.#metrics.addMetric(cacheMetrics.loadTime, MetricUnit.Milliseconds, ms);
      this.#metrics.publishStoredMetrics();
    }
    this.#collections.clear();
  }

  #countsOf(collection: string): Counts {
    let counts = this.#collections.get(collection);
    if (counts === undefined) this.#collections.set(collection, (counts = { byMetric: new Map(), loadTimesMs: [] }));
    return counts;
  }
}

function metricOf(event: CacheEvent): string {
  switch (event.type) {
    case "lookup":
      return cacheMetrics.lookups[event.tier];
    case "wait":
      return cacheMetrics.waits;
    case "load":
      return cacheMetrics.loads[event.outcome];
    case "evict":
      return cacheMetrics.evictions;
    case "unavailable":
      return cacheMetrics.unavailable[event.reason];
  }
}
