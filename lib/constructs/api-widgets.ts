import type * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { apiMetric } from "./api-metrics";
import { graph } from "./graph";
import { eachFound } from "./searched-metrics";

export interface ApiWidgetsProps {
  readonly apiId: string;
  /** Of the stack that holds the functions, with which their names begin. */
  readonly stackName: string;
}

/** What callers see of the API, and how the functions behind it are. */
export function apiWidgets({ apiId, stackName }: ApiWidgetsProps): cloudwatch.IWidget[] {
  const ofApi = (name: string, statistic: string, label: string) => apiMetric(apiId, name, statistic).with({ label });
  // Found by name, not listed: a function that is removed would be stuck in an export that this dashboard uses.
  const ofFunctions = (metricName: string, statistic: string) =>
    eachFound(
      {
        namespace: "AWS/Lambda",
        dimensions: ["FunctionName"],
        metricNames: [metricName],
        statistic,
        only: `FunctionName=${stackName}`,
      },
      "${PROP('Dim.FunctionName')}",
    );
  return [
    graph("Requests", { left: [ofApi("Count", "Sum", "all")] }),
    graph("Errors", { left: [ofApi("4xx", "Sum", "4xx, the caller's"), ofApi("5xx", "Sum", "5xx, ours")] }),
    graph("Time (ms)", {
      left: [
        ofApi("Latency", "p50", "the middle"),
        ofApi("Latency", "p99", "the slowest hundredth"),
        ofApi("IntegrationLatency", "p99", "the slowest hundredth in functions"),
      ],
    }),
    graph("Functions: errors", { left: [ofFunctions("Errors", "Sum")] }),
    graph("Functions: throttles", { left: [ofFunctions("Throttles", "Sum")] }),
    graph("Functions: slowest hundredth (ms)", { left: [ofFunctions("Duration", "p99")] }),
    graph("Functions: environments at work", { left: [ofFunctions("ConcurrentExecutions", "Maximum")] }),
    graph("Functions: calls", { left: [ofFunctions("Invocations", "Sum")] }),
  ];
}
