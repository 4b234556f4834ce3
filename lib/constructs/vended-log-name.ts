import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { partOfStackId } from "./part-of-stack-id";

/**
 * What a log group is called that an AWS service delivers to by the region's one policy for deliveries, which takes 5,120
 * characters. Names that begin so share one line of it; of others AWS adds each, and in the end refuses the next.
 */
export function vendedLogName(scope: Construct, what: string): string {
  return `/aws/vendedlogs/${Stack.of(scope).stackName}-${partOfStackId(scope)}/${what}`;
}
