import { Fn, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** Eight characters that are others for each stack that is made: log groups that outlive one don't stand in the next one's way. */
export function partOfStackId(scope: Construct): string {
  const uuid = Fn.select(2, Fn.split("/", Stack.of(scope).stackId)); // arn:…:stack/<name>/<uuid>
  return Fn.select(0, Fn.split("-", uuid));
}
