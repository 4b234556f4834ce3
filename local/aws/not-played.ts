/** Names what the template would make AWS do at run time and nothing here does, so that its absence surprises nobody. */
import { resourcesOfType, type Assembly } from "./template";

const behaviours: Record<string, string> = {
  "AWS::ApiGateway::RestApi": "REST API",
  "AWS::CodeDeploy::DeploymentGroup": "gradual release",
  "AWS::CloudFront::Distribution": "CloudFront distribution",
  "AWS::Events::Rule": "event rule",
  "AWS::Lambda::EventSourceMapping": "event source",
  "AWS::Lambda::Url": "function URL",
  "AWS::SNS::Subscription": "subscription",
  "AWS::StepFunctions::StateMachine": "state machine",
  "AWS::WAFv2::WebACL": "firewall",
};

export function notPlayed(assembly: Assembly): string[] {
  return Object.entries(behaviours).flatMap(([type, what]) =>
    resourcesOfType(assembly, type).map(({ logicalId }) => `${what}: ${logicalId}`),
  );
}
