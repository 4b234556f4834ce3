import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";

/** A graph a third of the dashboard wide. */
export function graph(title: string, props: cloudwatch.GraphWidgetProps): cloudwatch.IWidget {
  return new cloudwatch.GraphWidget({
    title,
    width: 8,
    height: 6,
    leftYAxis: { min: 0 },
    ...props,
  });
}
