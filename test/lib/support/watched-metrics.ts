/** The metrics that alarms and graphs use, as they stand in a template; whoever mistypes one waits for its data for ever. */
import { listOf, type Json } from "./json";

export interface WatchedMetric {
  readonly namespace: string;
  readonly dimensions: readonly string[];
  readonly names: readonly string[];
}

/** Those of an alarm: its own, those it combines, or the one that its query asks for. */
export function metricsOfAlarm({ Namespace, MetricName, Dimensions, Metrics }: Json): WatchedMetric[] {
  if (MetricName !== undefined)
    return [{ namespace: Namespace, dimensions: namesOf(listOf(Dimensions)), names: [MetricName] }];
  return listOf(Metrics).flatMap(({ MetricStat, Expression }) =>
    MetricStat === undefined ? metricsOfExpression(Expression) : metricsOfAlarm(MetricStat.Metric),
  );
}

/** Those of a metric graph of a dashboard. */
export function metricsOfGraph({ properties }: Json): WatchedMetric[] {
  return listOf(properties.metrics).flatMap((line) => {
    if (typeof line[0] === "object") return metricsOfExpression(line[0].expression);
    const [namespace = "", name = "", ...rest] = listOf(line).filter((part) => typeof part === "string");
    return [{ namespace, names: [name], dimensions: rest.filter((_, index) => index % 2 === 0).sort() }];
  });
}

function metricsOfExpression(expression: string): WatchedMetric[] {
  const search = /SEARCH\('\{"([^"]+)",([\w,]+)\} MetricName=\(([^)]+)\)/.exec(expression);
  if (search !== null)
    return [
      {
        namespace: search[1]!,
        dimensions: search[2]!.split(",").sort(),
        names: search[3]!.split(" OR ").map((quoted) => quoted.slice(1, -1)),
      },
    ];
  const query = /^SELECT SUM\((\w+)\) FROM SCHEMA\("([^"]+)", ([\w, ]+)\)$/.exec(expression);
  if (query !== null) return [{ namespace: query[2]!, dimensions: query[3]!.split(", ").sort(), names: [query[1]!] }];
  if (/SEARCH|SELECT/.test(expression)) throw new Error(`what does this look for? ${expression}`);
  return []; // of others, which stand beside it
}

const namesOf = (dimensions: Json[]): string[] => dimensions.map(({ Name }) => Name).sort();
