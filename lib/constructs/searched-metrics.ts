/** Metrics of a dashboard that are found by their names each time it is looked at: what a later release adds is shown too. */
import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";

/** Of all graphs that search; five minutes are kept for two months. */
const period = Duration.minutes(5);

export interface MetricSearch {
  readonly namespace: string;
  /** All that the metrics have: those with more or fewer aren't found. */
  readonly dimensions: readonly string[];
  /** One of these. */
  readonly metricNames: readonly string[];
  readonly statistic: string;
  /** What else must be in the metric, in the words of CloudWatch's search. @default - nothing */
  readonly only?: string;
}

/** A line for each metric found. @param label of each, in which `${PROP('Dim.x')}` stands for what it has as `x` */
export function eachFound(search: MetricSearch, label: string): cloudwatch.SearchExpression {
  return new cloudwatch.SearchExpression({ expression: expressionOf(search), label, period });
}

/** The sum of all metrics found. One line, and none if there is no such metric: add no sums to each other. */
export function sumFound(search: MetricSearch, label: string): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    expression: `SUM(${expressionOf(search)})`,
    usingMetrics: {},
    label,
    period,
  });
}

function expressionOf({ namespace, dimensions, metricNames, statistic, only }: MetricSearch): string {
  const names = metricNames.map((name) => `"${name}"`).join(" OR ");
  const terms = [
    `{"${namespace}",${dimensions.join(",")}}`,
    `MetricName=(${names})`,
    ...(only === undefined ? [] : [only]),
  ];
  return `SEARCH('${terms.join(" ")}', '${statistic}', ${period.toSeconds()})`;
}
