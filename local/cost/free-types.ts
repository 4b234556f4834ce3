/** Resources that cost nothing by themselves; what is paid for them is counted where it arises. */
const freeTypes = new Set([
  "AWS::ApiGatewayV2::Api", // the stage counts its requests
  "AWS::ApiGatewayV2::Authorizer",
  "AWS::ApiGatewayV2::Integration",
  "AWS::ApiGatewayV2::Route",
  "AWS::ApplicationAutoScaling::ScalableTarget",
  "AWS::CDK::Metadata",
  "AWS::CloudFront::Function", // the distribution counts its calls
  "AWS::CodeDeploy::Application",
  "AWS::CodeDeploy::DeploymentConfig",
  "AWS::CodeDeploy::DeploymentGroup", // deploys to Lambda
  "AWS::EC2::FlowLog", // what it writes is in the log's group
  "AWS::EC2::RouteTable",
  "AWS::EC2::SecurityGroup",
  "AWS::EC2::SecurityGroupEgress",
  "AWS::EC2::SecurityGroupIngress",
  "AWS::EC2::Subnet",
  "AWS::EC2::SubnetRouteTableAssociation",
  "AWS::ElastiCache::ParameterGroup",
  "AWS::ElastiCache::SubnetGroup",
  "AWS::ElastiCache::User",
  "AWS::ElastiCache::UserGroup",
  "AWS::IAM::ManagedPolicy",
  "AWS::IAM::Policy",
  "AWS::IAM::Role",
  "AWS::KMS::Alias",
  "AWS::Lambda::Alias",
  "AWS::Lambda::EventInvokeConfig",
  "AWS::Lambda::Permission",
  "AWS::Lambda::Version",
  "AWS::RDS::DBParameterGroup",
  "AWS::RDS::DBSubnetGroup",
  "AWS::SNS::Subscription", // some mails in a month
  "AWS::SNS::Topic",
  "AWS::SNS::TopicPolicy",
  "AWS::Scheduler::ScheduleGroup",
  "AWS::WAFv2::LoggingConfiguration", // what it writes is in the log's group
]);

/** A custom resource is a function that runs in deploys. */
export function isFree(type: string): boolean {
  return freeTypes.has(type) || type.startsWith("Custom::");
}
