/** Several metrics as one, so that one alarm watches them. It costs as much as an alarm for each, and tells once. */
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";

/** As many as CloudWatch lets one alarm combine. */
const maxCombined = 10;

/** @param label what the sum is of, as graphs of the alarm show it */
export function sumOf(metrics: readonly cloudwatch.Metric[], label: string): cloudwatch.MathExpression {
  return combined("SUM", metrics, label);
}

/** @param label what the highest is of, as graphs of the alarm show it */
export function highestOf(metrics: readonly cloudwatch.Metric[], label: string): cloudwatch.MathExpression {
  return combined("MAX", metrics, label);
}

function combined(
  what: "SUM" | "MAX",
  metrics: readonly cloudwatch.Metric[],
  label: string,
): cloudwatch.MathExpression {
  const [first] = metrics;
  if (first === undefined || metrics.length > maxCombined)
    throw new RangeError(`${label} combines ${metrics.length} metrics: use 1 to ${maxCombined}`);
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index + 1}`, metric]));
  // A metric that says nothing for a minute would make the whole say nothing.
  const filled = Object.keys(usingMetrics).map((id) => `FILL(${id}, 0)`);
  return new cloudwatch.MathExpression({
    expression: `${what}([${filled.join(", ")}])`,
    usingMetrics,
    label,
    period: first.period,
  });
}
