import { RemovalPolicy } from "aws-cdk-lib";

/** What becomes of a store's logs with their stack: they go only if the store goes without a snapshot. */
export function logRemovalPolicy(ofStore: RemovalPolicy | undefined): RemovalPolicy {
  return ofStore === RemovalPolicy.DESTROY ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
}
